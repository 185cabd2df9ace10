import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;

/** The six workloads on Kafka Streams, called and watched as Tillstream's are (benches/src/engine.rs). */
public class Peer {
    // What the events hold; fields that are not named are skipped.
    public static class Line { public String sku, category; public int qty; public long unit_minor; }
    public static class Order { public String order_id, user_id, currency; public long total_minor; public Line[] lines; }
    public static class Payment { public String type; public long amount_minor; }
    public static class Inventory { public String type, sku; public int qty; }
    public record SmallOrder(String id, String user, long total, int items) {}

    // What the stores hold, in as few bytes as a careful user would take.
    record Placed(String user, long total) {}
    record Paid(String user, long total, long paid) {}
    record Reserved(String sku, long qty) {}
    record SumCount(long sum, long count) {}

    static final ObjectMapper JSON = new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
    static final AtomicBoolean READ = new AtomicBoolean();

    static synchronized void say(String what) {
        System.out.println(System.currentTimeMillis() + " " + what);
        System.out.flush();
    }

    static <T> Serde<T> json(Class<T> type) {
        ObjectReader reader = JSON.readerFor(type);
        ObjectWriter writer = JSON.writerFor(type);
        return Serdes.serdeFrom(
            (topic, value) -> {
                try {
                    return value == null ? null : writer.writeValueAsBytes(value);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            },
            (topic, bytes) -> {
                try {
                    return bytes == null ? null : reader.readValue(bytes);
                } catch (IOException error) {
                    throw new UncheckedIOException(error);
                }
            });
    }

    /** Numbers first, then text to the end. */
    static byte[] pack(String text, long... numbers) {
        byte[] tail = text.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 * numbers.length + tail.length);
        Arrays.stream(numbers).forEach(bytes::putLong);
        return bytes.put(tail).array();
    }

    static String rest(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    interface Unpack<T> { T from(ByteBuffer bytes); }
    interface Pack<T> { byte[] of(T value); }

    static <T> Serde<T> packed(Pack<T> pack, Unpack<T> unpack) {
        return Serdes.serdeFrom((topic, value) -> value == null ? null : pack.of(value),
            (topic, bytes) -> bytes == null ? null : unpack.from(ByteBuffer.wrap(bytes)));
    }

    static final Serde<Placed> PLACED = packed(v -> pack(v.user, v.total), b -> {
        long total = b.getLong();
        return new Placed(rest(b), total);
    });
    static final Serde<Paid> PAID = packed(v -> pack(v.user, v.total, v.paid), b -> {
        long total = b.getLong(), paid = b.getLong();
        return new Paid(rest(b), total, paid);
    });
    static final Serde<Reserved> RESERVED = packed(v -> pack(v.sku, v.qty), b -> {
        long qty = b.getLong();
        return new Reserved(rest(b), qty);
    });
    static final Serde<SumCount> SUM_COUNT = packed(v -> pack("", v.sum, v.count), b -> new SumCount(b.getLong(), b.getLong()));

    static void stateless(KStream<String, Order> orders, String out) {
        orders
            .filter((key, order) -> order.currency.equals("EUR") || order.total_minor > 50_000)
            .mapValues(order -> new SmallOrder(order.order_id, order.user_id, order.total_minor, order.lines.length))
            .to(out + "-w1", Produced.with(Serdes.String(), json(SmallOrder.class)));
    }

    static void count(StreamsBuilder builder, String activity, String out) {
        builder.stream(activity, Consumed.with(Serdes.String(), Serdes.ByteArray()))
            .peek((key, value) -> noteRead())
            .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
            .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("w2-counts")
                .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
            .toStream()
            .to(out + "-w2", Produced.with(Serdes.String(), Serdes.Long()));
    }

    static void revenue(KStream<String, Order> orders, String out, Duration grace) {
        orders
            .flatMap((key, order) -> {
                List<KeyValue<String, Long>> lines = new ArrayList<>(order.lines.length);
                for (Line line : order.lines) lines.add(KeyValue.pair(line.category, line.qty * line.unit_minor));
                return lines;
            })
            .groupByKey(Grouped.with("w3-by-category", Serdes.String(), Serdes.Long()))
            .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofHours(1), grace))
            .aggregate(() -> new SumCount(0, 0), (key, amount, all) -> new SumCount(all.sum + amount, all.count + 1),
                Materialized.<String, SumCount, WindowStore<Bytes, byte[]>>as("w3-revenue")
                    .withKeySerde(Serdes.String()).withValueSerde(SUM_COUNT))
            .toStream((window, all) -> window.key() + "@" + window.window().start())
            .mapValues(all -> "{\"sum\":" + all.sum + ",\"count\":" + all.count + "}")
            .to(out + "-w3", Produced.with(Serdes.String(), Serdes.String()));
    }

    static void saga(StreamsBuilder builder, KStream<String, Order> orders, String out) {
        var windows = JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMinutes(30), Duration.ofMinutes(30));
        var text = Serdes.String();
        KStream<String, Long> paid = builder.stream("payments", Consumed.with(text, json(Payment.class)))
            .filter((key, payment) -> payment.type.equals("payment_completed"))
            .mapValues(payment -> payment.amount_minor);
        KStream<String, Reserved> reserved = builder.stream("inventory", Consumed.with(text, json(Inventory.class)))
            .filter((key, inventory) -> inventory.type.equals("inventory_reserved"))
            .mapValues(inventory -> new Reserved(inventory.sku, inventory.qty));
        orders.mapValues(order -> new Placed(order.user_id, order.total_minor))
            .join(paid, (placed, amount) -> new Paid(placed.user, placed.total, amount), windows,
                StreamJoined.with(text, PLACED, Serdes.Long()).withName("w4-op").withStoreName("w4-op"))
            .join(reserved,
                (order, line) -> "{\"user_id\":\"" + order.user + "\",\"total_minor\":" + order.total + ",\"paid_minor\":"
                    + order.paid + ",\"sku\":\"" + line.sku + "\",\"qty\":" + line.qty + "}",
                windows, StreamJoined.with(text, PAID, RESERVED).withName("w4-opi").withStoreName("w4-opi"))
            .to(out + "-w4", Produced.with(text, text));
    }

    static void pairs(KStream<String, Order> orders, String out) {
        byte[] nothing = new byte[0];
        orders
            .flatMap((key, order) -> {
                String[] skus = Arrays.stream(order.lines).map(line -> line.sku).sorted().toArray(String[]::new);
                List<KeyValue<String, byte[]>> pairs = new ArrayList<>(skus.length * (skus.length - 1) / 2);
                for (int i = 0; i < skus.length; i++)
                    for (int j = i + 1; j < skus.length; j++) pairs.add(KeyValue.pair(skus[i] + "|" + skus[j], nothing));
                return pairs;
            })
            .repartition(Repartitioned.<String, byte[]>as("w5-pairs").withKeySerde(Serdes.String())
                .withValueSerde(Serdes.ByteArray())
                .withStreamPartitioner((topic, pair, value, partitions) -> {
                    byte[] first = pair.substring(0, pair.indexOf('|')).getBytes(StandardCharsets.UTF_8);
                    return Optional.of(Set.of(Utils.toPositive(Utils.murmur2(first)) % partitions));
                }))
            .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
            .count(Materialized.<String, Long, KeyValueStore<Bytes, byte[]>>as("w5-counts")
                .withKeySerde(Serdes.String()).withValueSerde(Serdes.Long()))
            .toStream()
            .to(out + "-w5", Produced.with(Serdes.String(), Serdes.Long()));
    }

    static void noteRead() {
        if (!READ.get() && READ.compareAndSet(false, true)) say("FIRST_RECORD");
    }

    static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i + 1 < args.length; i += 2) options.put(args[i].substring(2), args[i + 1]);
        return options;
    }

    static Properties properties(Map<String, String> options) {
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, options.get("app-id"));
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, options.get("boot"));
        properties.put(StreamsConfig.STATE_DIR_CONFIG, options.get("state-dir"));
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        properties.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, options.getOrDefault("commit-ms", "100"));
        properties.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, options.getOrDefault("threads", "2"));
        properties.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        if (!options.getOrDefault("cache", "default").equals("default"))
            properties.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, options.get("cache"));
        properties.put("auto.offset.reset", "earliest");
        if (options.containsKey("static-member")) properties.put("group.instance.id", options.get("static-member"));
        // The events' times lie in the past: the broker would delete the changelogs of windows by their age at once.
        properties.put(StreamsConfig.WINDOW_STORE_CHANGE_LOG_ADDITIONAL_RETENTION_MS_CONFIG, Duration.ofDays(3650).toMillis());
        return properties;
    }

    static StreamsBuilder topology(Map<String, String> options) {
        String workload = options.get("workload"), out = options.get("out");
        boolean big = workload.equals("w1") || workload.equals("w3");
        StreamsBuilder builder = new StreamsBuilder();
        if (workload.equals("w2")) {
            count(builder, options.getOrDefault("activity", "user-activity"), out);
            return builder;
        }
        String topic = options.getOrDefault("orders", big ? "orders-big" : "orders");
        KStream<String, Order> orders =
            builder.stream(topic, Consumed.with(Serdes.String(), json(Order.class))).peek((key, order) -> noteRead());
        Duration grace = Duration.ofMinutes(Long.parseLong(options.getOrDefault("grace-min", "60")));
        switch (workload) {
            case "w1" -> stateless(orders, out);
            case "w3" -> revenue(orders, out, grace);
            case "w4" -> saga(builder, orders, out);
            case "w5" -> pairs(orders, out);
            case "w6" -> {
                revenue(orders, out, grace);
                saga(builder, orders, out);
                pairs(orders, out);
            }
            default -> throw new IllegalArgumentException("no workload " + workload);
        }
        return builder;
    }

    public static void main(String[] args) throws InterruptedException {
        Map<String, String> options = options(args);
        Properties properties = properties(options);
        KafkaStreams streams = new KafkaStreams(topology(options).build(properties), properties);
        AtomicLong restored = new AtomicLong();
        streams.setGlobalStateRestoreListener(new StateRestoreListener() {
            public void onRestoreStart(TopicPartition partition, String store, long from, long to) {}
            public void onBatchRestored(TopicPartition partition, String store, long end, long records) {}
            public void onRestoreEnd(TopicPartition partition, String store, long records) {
                say("RESTORE_END " + store + "-" + partition.partition() + " total=" + restored.addAndGet(records));
            }
        });
        streams.setStateListener((now, before) -> say("STATE " + now));
        CountDownLatch closed = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            double late = streams.metrics().values().stream()
                .filter(metric -> metric.metricName().name().equals("dropped-records-total"))
                .mapToDouble(metric -> (Double) metric.metricValue()).sum();
            say("METRIC dropped-records-total " + (long) late);
            // Without leaving, the next start would wait for the session of this one to end.
            var leave = CloseOptions.groupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
            streams.close(leave.withTimeout(Duration.ofSeconds(30)));
            say("CLOSED");
            closed.countDown();
        }));
        streams.start();
        closed.await();
    }
}
