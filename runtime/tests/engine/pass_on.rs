//! What a log in front of another passes on as it is: all but reading, writing and joining.

/// The methods of `Log` that a wrapper has nothing to say to, for its field that holds the wrapped log.
macro_rules! pass_on {
    ($field:ident) => {
        fn create_topics(
            &self,
            topics: &[tillstream_runtime::log::TopicSpec],
        ) -> Result<(), tillstream_runtime::log::LogError> {
            self.$field.create_topics(topics)
        }

        fn topics(&self) -> Result<Vec<tillstream_runtime::log::TopicInfo>, tillstream_runtime::log::LogError> {
            self.$field.topics()
        }

        fn offsets(
            &self,
            partitions: &[tillstream_runtime::log::TopicPartition],
        ) -> Result<Vec<tillstream_runtime::log::OffsetRange>, tillstream_runtime::log::LogError> {
            self.$field.offsets(partitions)
        }

        fn committed(
            &self,
            group: &str,
            partitions: &[tillstream_runtime::log::TopicPartition],
        ) -> Result<Vec<Option<i64>>, tillstream_runtime::log::LogError> {
            self.$field.committed(group, partitions)
        }

        fn groups(&self) -> Result<Vec<tillstream_runtime::log::GroupOffsets>, tillstream_runtime::log::LogError> {
            self.$field.groups()
        }

        fn delete_records(
            &self,
            partition: &tillstream_runtime::log::TopicPartition,
            before_offset: i64,
        ) -> Result<(), tillstream_runtime::log::LogError> {
            self.$field.delete_records(partition, before_offset)
        }

        fn maintain(&self, now_ms: i64) -> Result<(), tillstream_runtime::log::LogError> {
            self.$field.maintain(now_ms)
        }
    };
}
