//! The events that are counted, drawn from a seed.

use tillstream_runtime::log::RawRecord;

/// Partitions of the source topic, of the repartition topic and of the results.
pub(crate) const PARTITIONS: u32 = 4;

/// A word and an amount at a time; its key in the log is its number, its value `word:amount`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) number: u64,
    pub(crate) partition: u32,
    pub(crate) word: String,
    pub(crate) amount: i64,
    /// Event time, ms.
    pub(crate) time: i64,
}

impl Event {
    pub(crate) fn value(&self) -> String {
        format!("{}:{}", self.word, self.amount)
    }

    /// As it is found in the log.
    pub(crate) fn of(partition: u32, record: &RawRecord) -> Self {
        let text = |bytes: &Option<bytes::Bytes>| String::from_utf8(bytes.as_deref().unwrap().to_vec()).unwrap();
        let value = text(&record.value);
        let (word, amount) = value.split_once(':').unwrap();
        let (number, amount) = (text(&record.key).parse().unwrap(), amount.parse().unwrap());
        Self { number, partition, word: word.to_owned(), amount, time: record.timestamp }
    }
}

/// Events whose times jump back now and then, some of them behind the grace; each partition at a pace of its own.
pub(crate) fn events(seed: u64) -> impl Iterator<Item = Event> {
    let mut random = Random::new(seed);
    (0_i64..).map(move |n| {
        let partition = random.below(u64::from(PARTITIONS)) as u32;
        let back = if random.below(20) == 0 { random.below(4_000) as i64 } else { 0 };
        Event {
            number: n as u64,
            partition,
            word: format!("word-{}", random.below(8) * random.below(8)),
            amount: random.below(1_000) as i64,
            // Never 0, which librdkafka takes for "now".
            time: (n * (3 + i64::from(partition)) - back).max(1),
        }
    })
}

/// Numbers that look random and are the same for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for place in (1..items.len()).rev() {
            items.swap(place, self.below(place as u64 + 1) as usize);
        }
    }
}
