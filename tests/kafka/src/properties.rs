//! Configuration of the one broker.

use std::path::Path;

/// Ports and data directory of a broker; they stay the same over restarts.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    pub(crate) data: &'a Path,
    pub(crate) port: u16,
    pub(crate) controller_port: u16,
}

impl Place<'_> {
    /// The properties file. Whatever makes a first rebalance or a lone replica wait is turned off; times of records are
    /// not checked against the clock beyond what a broker does by default.
    pub(crate) fn properties(&self) -> String {
        let Self { data, port, controller_port } = self;
        let data = data.display();
        format!(
            "process.roles=broker,controller\n\
             node.id=1\n\
             controller.quorum.bootstrap.servers=127.0.0.1:{controller_port}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}\n\
             controller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
             log.dirs={data}\n\
             offsets.topic.replication.factor=1\n\
             offsets.topic.num.partitions=2\n\
             transaction.state.log.replication.factor=1\n\
             transaction.state.log.min.isr=1\n\
             transaction.state.log.num.partitions=2\n\
             share.coordinator.state.topic.replication.factor=1\n\
             share.coordinator.state.topic.min.isr=1\n\
             group.initial.rebalance.delay.ms=0\n\
             group.min.session.timeout.ms=1000\n\
             group.consumer.min.session.timeout.ms=1000\n\
             group.consumer.session.timeout.ms=6000\n\
             group.consumer.min.heartbeat.interval.ms=200\n\
             group.consumer.heartbeat.interval.ms=500\n\
             auto.create.topics.enable=true\n"
        )
    }
}
