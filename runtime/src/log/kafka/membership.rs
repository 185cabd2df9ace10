//! A place in a group: partition `n` of the topic `<group>-tasks`, which never holds a record, *is* task `n`.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};
use tillstream_topology::TopicPartition;

use super::cluster::{Cluster, is_name};
use super::ending::Ending;
use super::leases::Leases;
use super::member::Member;
use super::options::GroupProtocol;
use super::orphans::{Orphans, unowned};
use super::writer::KafkaWriter;
use super::{failure, settings};
use crate::log::{CleanupPolicy, Join, Lease, LogError, LogWriter, Membership, TopicSpec};

/// Events served by one poll at most.
const EVENTS: usize = 8;
/// Longest wait for an answer that decides whether the member starts over.
const ANSWER: Duration = Duration::from_secs(1);
/// Longest wait for the other threads of the instance.
const MEETING: Duration = Duration::from_millis(500);
/// Longest wait for the end of a member that leaves.
const LEAVING: Duration = Duration::from_secs(5);
/// Why a member starts over that librdkafka does not tell of its loss.
const PUT_OUT: &str = "put out of the group while tasks were given away";

/// A member of a Kafka group. Its heartbeats are sent by librdkafka's threads.
pub(super) struct KafkaMembership {
    cluster: Arc<Cluster>,
    join: Join,
    tasks_topic: Arc<str>,
    consumer: Arc<BaseConsumer<Leases>>,
    /// Where the group may take the member back without a rebalance, from its answer on.
    orphans: Option<Orphans>,
    /// The last hold on the consumer, as fields are dropped in turn.
    _ending: Ending<Arc<BaseConsumer<Leases>>>,
}

impl std::fmt::Debug for KafkaMembership {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KafkaMembership").field("join", &self.join).finish_non_exhaustive()
    }
}

impl KafkaMembership {
    pub(super) fn join(cluster: Arc<Cluster>, join: &Join) -> Result<Self, LogError> {
        let tasks_topic: Arc<str> = format!("{}-tasks", join.group).into();
        if join.group.is_empty() || !is_name(&tasks_topic) {
            let action = format!("join group {:?}", join.group);
            return Err(failure::refused(
                &action,
                "its name is no part of a topic's name: letters, digits, dots, dashes",
            ));
        }
        // Known from the second time on. It never holds a record, so that nothing but the number matters.
        if cluster.partitions(&tasks_topic)? != Some(join.tasks) {
            let policy = CleanupPolicy::Delete { retention_ms: None };
            let spec = TopicSpec { name: Arc::clone(&tasks_topic), partitions: join.tasks, policy };
            cluster.create_topics(&[spec])?;
        }
        // The session's time runs from the last heartbeat, which may be a fifth of it ago.
        let leases = Leases::new(cluster.options.group_protocol, cluster.options.session_timeout / 2);
        let config = settings::member(&cluster.options, join);
        let consumer: BaseConsumer<Leases> =
            config.create_with_context(leases).map_err(|error| failure::bad_setting(&error))?;
        get_ready(&consumer, &tasks_topic);
        cluster.meeting.come(&join.group, join.threads, MEETING);
        consumer.subscribe(&[&tasks_topic]).map_err(|error| cluster.failed("join the group", &error))?;
        let consumer = Arc::new(consumer);
        let _ending = Ending::new(Arc::clone(&consumer), LEAVING);
        Ok(Self { cluster, join: join.clone(), tasks_topic, consumer, orphans: None, _ending })
    }

    fn leases(&self) -> &Leases {
        self.consumer.context()
    }

    /// Gives tasks back to librdkafka, which tells the group.
    fn give_back(&self, tasks: &[u32]) -> Result<(), LogError> {
        let mut list = TopicPartitionList::with_capacity(tasks.len());
        for task in tasks {
            list.add_partition(&self.tasks_topic, i32::try_from(*task).unwrap_or(i32::MAX));
        }
        let given = self.consumer.incremental_unassign(&list);
        given.map_err(|error| self.cluster.failed("give tasks back", &error))
    }

    /// Leaves and joins as somebody new. Nothing the member held counts any more.
    fn start_over(&self, why: &str) -> Result<(), LogError> {
        tracing::warn!(group = self.join.group, "{why}: joining anew");
        let waiting = self.leases().lose_all();
        if !waiting.is_empty() {
            self.give_back(&waiting)?;
        }
        self.consumer.unsubscribe();
        let subscribed = self.consumer.subscribe(&[&self.tasks_topic]);
        subscribed.map_err(|error| self.cluster.failed("join the group", &error))
    }

    /// Makes the group share its tasks out again when a member that it took back without doing so sees some without an owner.
    fn adopt_orphans(&mut self) -> Result<(), LogError> {
        let options = &self.cluster.options;
        if !options.static_membership
            || options.group_protocol != GroupProtocol::Classic
            || !self.leases().is_answered()
        {
            return Ok(());
        }
        let (now, patience) = (Instant::now(), self.leases().patience());
        let orphans = self.orphans.get_or_insert_with(|| Orphans::new(now, patience));
        if !orphans.is_due(now) {
            return Ok(());
        }
        let found = self.consumer.fetch_group_list(Some(&self.join.group), ANSWER);
        let group = found.as_ref().ok().and_then(|list| list.groups().first());
        let orphans = orphans.saw(now, group.and_then(|group| unowned(group, &self.tasks_topic, self.join.tasks)));
        if orphans.is_empty() {
            return Ok(());
        }
        self.start_over(&format!("tasks {orphans:?} have no owner and are to be shared out"))
    }

    /// Whether the member is still in its group although it kept librdkafka waiting. One that was put out would join as
    /// somebody new, and might be given a task again that another had meanwhile, without a word about it.
    fn is_put_out(&self) -> bool {
        if !self.leases().is_overdue() {
            return false;
        }
        let asked = Instant::now();
        let is_member = self.members().is_some();
        if is_member {
            self.leases().confirm(asked);
        }
        !is_member
    }

    /// The names of all members; `None` when the brokers do not tell, or do not count this one among them.
    fn members(&self) -> Option<Vec<String>> {
        let found = self.cluster.inquirer.client().fetch_group_list(Some(&self.join.group), ANSWER).ok()?;
        let members = found.groups().iter().flat_map(|group| group.members());
        let names: Vec<String> = members.map(|member| member.client_id().to_owned()).collect();
        let own = settings::member_name(&self.cluster.options, &self.join);
        names.contains(&own).then_some(names)
    }

    /// Ends what a former writer of the group left open. Threads that take over from the same one wait for each other here, and
    /// the second finds it done.
    fn end_once(&self, transactional_id: &str, partitions: &[TopicPartition]) {
        let ended = self.cluster.departed(transactional_id);
        let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.is_some_and(|at| at.elapsed() < self.leases().patience()) {
            return;
        }
        let member = Member::new(&self.join.group, &self.consumer);
        let writer = KafkaWriter::new(Arc::clone(&self.cluster), transactional_id, Some(member));
        match writer.and_then(|mut writer| writer.sweep(partitions)) {
            Ok(()) | Err(LogError::Fenced { .. }) => {
                tracing::info!(transactional_id, "no member any more: its last transaction is ended");
                *ended = Some(Instant::now());
            }
            Err(error) => tracing::warn!(transactional_id, %error, "the last transaction of one who is gone"),
        }
    }

    /// Errors that the member does not get over by itself.
    fn judge(&self, error: &KafkaError) -> Result<(), LogError> {
        let action = format!("hold a place in group {}", self.join.group);
        let fatal = self.consumer.client().fatal_error().map(|(code, _)| code);
        match fatal.or_else(|| failure::code(error)) {
            Some(code) if fatal.is_some() && failure::is_fenced(code) => {
                Err(LogError::Fenced { transactional_id: self.join.transactional_id() })
            }
            Some(code) if fatal.is_some() => Err(failure::of_code(&self.cluster.options, &action, code)),
            Some(
                code @ (Code::GroupAuthorizationFailed
                | Code::TopicAuthorizationFailed
                | Code::SaslAuthenticationFailed
                | Code::InconsistentGroupProtocol
                | Code::InvalidSessionTimeout
                | Code::UnsupportedVersion
                | Code::UnsupportedAssignor),
            ) => Err(failure::of_code(&self.cluster.options, &action, code)),
            // Right after its creation some brokers do not know it yet: the member joins all the same.
            Some(Code::UnknownTopicOrPartition | Code::UnknownTopic) => {
                let missing = || LogError::UnknownTopic(TopicPartition::new(Arc::clone(&self.tasks_topic), 0));
                self.cluster.forget(&self.tasks_topic);
                self.cluster.await_topic(&self.tasks_topic, self.join.tasks).map_err(|_| missing())
            }
            _ => {
                tracing::debug!(%error, group = self.join.group, "member");
                Ok(())
            }
        }
    }
}

/// Has the client find the group's coordinator and the topic, so that it asks for a place as soon as it is told to. Where that
/// fails, it does so then.
fn get_ready(consumer: &BaseConsumer<Leases>, tasks_topic: &str) {
    let mut list = TopicPartitionList::with_capacity(1);
    list.add_partition(tasks_topic, 0);
    let topic = consumer.fetch_metadata(Some(tasks_topic), ANSWER).map(drop);
    let coordinator = topic.and_then(|()| consumer.committed_offsets(list, ANSWER));
    if let Err(error) = coordinator {
        tracing::debug!(%error, "before joining");
    }
}

impl Membership for KafkaMembership {
    fn poll(&mut self) -> Result<Vec<Lease>, LogError> {
        for _ in 0..EVENTS {
            if let Some(Err(error)) = self.consumer.poll(Duration::ZERO) {
                self.judge(&error)?;
            }
        }
        self.leases().sight.regain(self.consumer.client(), &self.cluster.options.bootstrap_servers);
        if self.leases().is_replaced() {
            self.start_over("put out of the group and taken back unheard")?;
        } else if self.leases().has_revoked() && (self.consumer.assignment_lost() || self.is_put_out()) {
            self.start_over(PUT_OUT)?;
        }
        self.adopt_orphans()?;
        self.leases().polled();
        Ok(self.leases().take_changes())
    }

    fn release(&mut self, tasks: &[u32]) -> Result<(), LogError> {
        if self.is_put_out() {
            return self.start_over(PUT_OUT);
        }
        self.leases().release(tasks).map_or(Ok(()), |given| self.give_back(&given))
    }

    fn writer(&self) -> Result<Box<dyn LogWriter>, LogError> {
        let member = Member::new(&self.join.group, &self.consumer);
        let id = self.join.transactional_id();
        Ok(Box::new(KafkaWriter::new(Arc::clone(&self.cluster), &id, Some(member))?))
    }

    fn end_departed(&self, writers: &BTreeSet<String>, partitions: &[TopicPartition]) {
        let own = self.join.transactional_id();
        let others: Vec<&String> = writers.iter().filter(|id| **id != own).collect();
        let Some(members) = (!others.is_empty()).then(|| self.members()).flatten() else { return };
        let gone = others.into_iter().filter(|id| !is_writer_of(&members, &self.join.group, id));
        std::thread::scope(|scope| gone.for_each(|id| drop(scope.spawn(|| self.end_once(id, partitions)))));
    }
}

/// Whether a writer is one of a member's, who goes by the same instance and thread. One that is about to join is not found: its
/// writer is fenced, and it joins anew.
fn is_writer_of(members: &[String], group: &str, transactional_id: &str) -> bool {
    let thread = transactional_id.strip_prefix(group).unwrap_or(transactional_id);
    members.iter().any(|member| member.ends_with(thread))
}

/// Leaves the group, unless the membership is static. librdkafka waits for what it has revoked; now it need not.
impl Drop for KafkaMembership {
    fn drop(&mut self) {
        let waiting = self.leases().close();
        if !waiting.is_empty()
            && let Err(error) = self.give_back(&waiting)
        {
            tracing::debug!(%error, "leaving the group");
        }
    }
}
