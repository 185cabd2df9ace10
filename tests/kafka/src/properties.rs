//! Configuration of the brokers.

use std::path::Path;

use crate::Secured;

/// Where a node of a cluster is; it stays there over restarts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// From 1.
    pub(crate) node: usize,
    pub(crate) port: u16,
    pub(crate) controller_port: u16,
    /// The controller ports of all nodes.
    pub(crate) controllers: &'a [u16],
    pub(crate) data: &'a Path,
}

/// The properties file of a node. Whatever makes a first rebalance or a lone replica wait is turned off; times of records are not
/// checked against the clock beyond what a broker does by default.
pub(crate) fn properties(place: Place<'_>, secured: Option<&Secured>) -> String {
    let Place { node, port, controller_port, controllers, data } = place;
    let voters: Vec<String> =
        controllers.iter().enumerate().map(|(place, port)| format!("{}@127.0.0.1:{port}", place + 1)).collect();
    let door = secured.map(|secured| format!(",SECURED://localhost:{}", secured.port)).unwrap_or_default();
    let replicas = controllers.len().min(3);
    format!(
        "process.roles=broker,controller\n\
         node.id={node}\n\
         controller.quorum.voters={voters}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}{door}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}{door}\n\
         controller.listener.names=CONTROLLER\n\
         listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL\n\
         log.dirs={data}\n\
         default.replication.factor={replicas}\n\
         min.insync.replicas={in_sync}\n\
         offsets.topic.replication.factor={replicas}\n\
         offsets.topic.num.partitions=2\n\
         transaction.state.log.replication.factor={replicas}\n\
         transaction.state.log.min.isr={in_sync}\n\
         transaction.state.log.num.partitions=2\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n\
         group.min.session.timeout.ms=1000\n\
         group.consumer.min.session.timeout.ms=1000\n\
         group.consumer.session.timeout.ms=6000\n\
         group.consumer.min.heartbeat.interval.ms=200\n\
         group.consumer.heartbeat.interval.ms=500\n\
         auto.create.topics.enable=true\n\
         {secured}",
        voters = voters.join(","),
        data = data.display(),
        in_sync = replicas.saturating_sub(1).max(1),
        secured = secured.map(Secured::properties).unwrap_or_default(),
    )
}
