import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes distinct keys of all lengths with the Java client, which chooses their partitions. */
public class Produce {
    public static void main(String[] args) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        int keys = Integer.parseInt(args[2]);
        Random random = new Random(1);
        var bytes = new ByteArraySerializer();
        try (var producer = new KafkaProducer<byte[], byte[]>(properties, bytes, bytes)) {
            for (int number = 0; number < keys; number++) {
                byte[] key = new byte[4 + number % 61];
                random.nextBytes(key);
                key[0] = (byte) number;
                key[1] = (byte) (number >> 8);
                producer.send(new ProducerRecord<>(args[1], key, new byte[0]));
            }
        }
    }
}
