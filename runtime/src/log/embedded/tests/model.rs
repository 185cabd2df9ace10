use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    Append { partition: u32, value: Option<Vec<u8>>, timestamp: i64 },
    Commit,
    Abort,
    Reopen,
    DeleteRecords { partition: u32, part: prop::sample::Index },
    Read { partition: u32, part: prop::sample::Index },
}

fn step() -> impl Strategy<Value = Step> {
    let partition = 0_u32..3;
    prop_oneof![
        20 => (partition.clone(), any::<Option<Vec<u8>>>(), any::<i64>())
            .prop_map(|(partition, value, timestamp)| Step::Append { partition, value, timestamp }),
        4 => Just(Step::Commit),
        1 => Just(Step::Abort),
        1 => Just(Step::Reopen),
        2 => (partition.clone(), any::<prop::sample::Index>()).prop_map(|(partition, part)| Step::DeleteRecords { partition, part }),
        4 => (partition, any::<prop::sample::Index>()).prop_map(|(partition, part)| Step::Read { partition, part }),
    ]
}

/// What a log is: a list of records a partition, and where it begins.
#[derive(Default)]
struct Model {
    committed: [Vec<RawRecord>; 3],
    open: Vec<(u32, RawRecord)>,
    start: [i64; 3],
}

impl Model {
    fn commit(&mut self) {
        for (partition, mut record) in self.open.drain(..) {
            let records = &mut self.committed[partition as usize];
            record.offset = records.len() as i64;
            records.push(record);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_log_is_a_list_of_records_a_partition(steps in prop::collection::vec(step(), 1..120)) {
        let mut fixture = Fixture::new();
        let topic = fixture.topic("orders", 3, FOR_EVER);
        let mut model = Model::default();
        let mut writer = fixture.log.writer("w").unwrap();
        let headers = Headers::default().with("h", None);
        for step in steps {
            match step {
                Step::Append { partition, value, timestamp } => {
                    writer.append(Append { topic: &topic, partition, key: None, value: value.as_deref(), timestamp, headers: &headers }).unwrap();
                    let value = value.map(bytes::Bytes::from);
                    model.open.push((partition, RawRecord { offset: 0, timestamp, key: None, value, headers: headers.clone() }));
                }
                Step::Commit => { writer.commit().unwrap(); model.commit(); }
                Step::Abort => { writer.abort(); model.open.clear(); }
                Step::Reopen => {
                    drop(writer);
                    fixture = fixture.reopen();
                    writer = fixture.log.writer("w").unwrap();
                    model.open.clear();
                }
                Step::DeleteRecords { partition, part } => {
                    let at = partition as usize;
                    let before = part.index(model.committed[at].len() + 1) as i64;
                    fixture.log.delete_records(&TopicPartition::new(Arc::clone(&topic), partition), before).unwrap();
                    model.start[at] = model.start[at].max(before);
                }
                Step::Read { partition, part } => {
                    let all = &model.committed[partition as usize];
                    let start = model.start[partition as usize];
                    let from = start + part.index((all.len() as i64 - start) as usize + 1) as i64;
                    let place = TopicPartition::new(Arc::clone(&topic), partition);
                    prop_assert_eq!(fixture.end(&place), all.len() as i64);
                    prop_assert_eq!(fixture.start(&place), start);
                    prop_assert_eq!(&read_from(&fixture.log, &place, from).unwrap()[..], &all[from as usize..]);
                }
            }
        }
    }
}
