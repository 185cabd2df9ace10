import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.WindowedSerdes;
import org.apache.kafka.streams.state.Stores;

/** A Java producer that commits and aborts, and a Kafka Streams application that reads Tillstream's internal topics. */
public class Interoperate {
    static final int TRANSACTIONS = 6;
    static final int RECORDS = 50;

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "produce" -> produce(args[1], args[2]);
            case "read" -> read(args[1], args[2], args[3], args[4], Long.parseLong(args[5]));
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    /** Every third transaction is aborted. */
    static void produce(String servers, String topic) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", servers);
        properties.put("transactional.id", topic + "-java");
        var text = new StringSerializer();
        try (var producer = new KafkaProducer<>(properties, text, text)) {
            producer.initTransactions();
            for (int transaction = 0; transaction < TRANSACTIONS; transaction++) {
                producer.beginTransaction();
                for (int n = 0; n < RECORDS; n++) {
                    int number = transaction * RECORDS + n;
                    var record = new ProducerRecord<>(topic, null, 1L + number * 10, "key-" + number, "word-" + number % 7);
                    record.headers().add("number", Integer.toString(number).getBytes(StandardCharsets.UTF_8));
                    producer.send(record);
                }
                producer.flush();
                if (transaction % 3 == 2) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
        }
    }

    /** Runs until its input ends. What it reads it writes as text, exactly once. */
    static void read(String servers, String application, String out, String state, long window) throws Exception {
        Properties properties = new Properties();
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, out + "-reader");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state);
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0);
        properties.put("auto.offset.reset", "earliest");
        var text = Serdes.String();
        var number = Serdes.Long();
        var windowed = new WindowedSerdes.TimeWindowedSerde<>(text, window).forChangelog(true);
        var builder = new StreamsBuilder();
        KStream<String, String> counts = builder
            .table(application + "-counts-changelog", Consumed.with(text, number),
                Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts")).withKeySerde(text).withValueSerde(number))
            .toStream()
            .map((word, count) -> KeyValue.pair("count " + word, "" + count));
        KStream<String, String> sums = builder
            .stream(application + "-lengths-changelog", Consumed.with(windowed, number))
            .map((word, sum) -> KeyValue.pair(
                "length " + word.key() + " " + word.window().start() + " " + word.window().end(), "" + sum));
        KStream<String, String> again = builder
            .stream(application + "-by-word-repartition", Consumed.with(text, text))
            // Markers that tell receivers the time have neither key nor value.
            .filter((word, value) -> word != null && word.equals(value))
            .groupByKey(Grouped.with(text, text))
            .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("again")).withKeySerde(text).withValueSerde(number))
            .toStream()
            .map((word, count) -> KeyValue.pair("again " + word, "" + count));
        counts.merge(sums).merge(again).to(out, Produced.with(text, text));
        try (var streams = new KafkaStreams(builder.build(), properties)) {
            streams.setUncaughtExceptionHandler((Throwable failure) -> {
                failure.printStackTrace();
                Runtime.getRuntime().halt(1);
                return null;
            });
            streams.start();
            while (System.in.read() >= 0) {
                // Until whoever started it lets go.
            }
        }
    }
}
