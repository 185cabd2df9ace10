import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.common.TopicPartition;

/** Prints what the brokers know of open transactions: each transactional id, and who writes into which partition. */
public class Transactions {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("request.timeout.ms", "10000");
        properties.put("default.api.timeout.ms", "10000");
        try (var admin = Admin.create(properties)) {
            List<String> ids = new ArrayList<>();
            admin.listTransactions().all().get().forEach(listing -> ids.add(listing.transactionalId()));
            ids.sort(Comparator.naturalOrder());
            for (var entry : admin.describeTransactions(ids).all().get().entrySet()) {
                System.out.println(entry.getKey() + ": " + entry.getValue());
            }
            var names = new ArrayList<>(List.of("__consumer_offsets"));
            names.addAll(List.of(args).subList(2, args.length));
            List<TopicPartition> partitions = new ArrayList<>();
            admin.describeTopics(names).allTopicNames().get().forEach((name, topic) -> topic.partitions()
                .forEach(one -> partitions.add(new TopicPartition(name, one.partition()))));
            for (TopicPartition partition : partitions) {
                var producers = admin.describeProducers(List.of(partition)).partitionResult(partition).get();
                for (var producer : producers.activeProducers()) {
                    if (producer.currentTransactionStartOffset().isPresent()) {
                        System.out.println(partition + ": " + producer);
                    }
                }
            }
            var options = new ListConsumerGroupOffsetsOptions().requireStable(true);
            try {
                System.out.println(admin.listConsumerGroupOffsets(args[1], options).partitionsToOffsetAndMetadata().get());
            } catch (Exception failed) {
                System.out.println("group " + args[1] + ": " + failed);
            }
        }
    }
}
