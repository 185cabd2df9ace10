//! Limits and draining, over real connections.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tillstream_api::{Options, Server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::fixture::Service;

struct Running {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    service: Service,
}

async fn serve(max_connections: usize) -> Running {
    serve_with(max_connections, &[]).await
}

async fn serve_with(max_connections: usize, settings: &[&str]) -> Running {
    let service = Service::start(settings);
    let options = Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        max_connections,
        header_timeout: Duration::from_millis(300),
        drain_timeout: Duration::from_secs(5),
    };
    let server = Server::bind(service.state.clone(), options).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let address = server.address();
    let task = tokio::spawn(server.run(async move { stopped.await.unwrap_or_default() }));
    Running { address, stop, task, service }
}

/// Everything the server sends until it closes the connection, or until nothing comes for a second.
async fn read_all(stream: &mut TcpStream) -> (String, bool) {
    let mut text = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        match tokio::time::timeout(Duration::from_secs(1), stream.read(&mut chunk)).await {
            Ok(Ok(0)) | Ok(Err(_)) => return (String::from_utf8_lossy(&text).into_owned(), true),
            Ok(Ok(n)) => text.extend_from_slice(&chunk[..n]),
            Err(_) => return (String::from_utf8_lossy(&text).into_owned(), false),
        }
    }
}

const REQUEST: &[u8] = b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_dawdle_over_their_headers_are_let_go() {
    let running = serve(8).await;
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    let begin = Instant::now();
    slow.write_all(b"GET /livez HTTP/1.1\r\nhost: ").await.unwrap();
    let (_, closed) = read_all(&mut slow).await;
    assert!(closed && begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    let (answer, closed) = read_all(&mut idle).await;
    assert!(answer.contains("\"alive\""), "{answer}");
    assert!(closed, "an idle connection does not keep its place for ever");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let running = serve(1).await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    first.write_all(REQUEST).await.unwrap();
    let mut second = TcpStream::connect(running.address).await.unwrap();
    second.write_all(REQUEST).await.unwrap();
    let mut byte = [0];
    first.read_exact(&mut byte).await.unwrap();
    let waiting = tokio::time::timeout(Duration::from_millis(100), second.read_exact(&mut byte)).await;
    assert!(waiting.is_err(), "the second is not served while the first has the place");
    drop(first);
    assert!(read_all(&mut second).await.0.contains("\"alive\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_ends_idle_connections_and_accepts_no_more() {
    let running = serve(8).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    idle.write_all(REQUEST).await.unwrap();
    let mut byte = [0];
    idle.read_exact(&mut byte).await.unwrap();
    running.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(3), running.task).await.expect("it drains").unwrap();
    assert!(read_all(&mut idle).await.1);
    assert!(TcpStream::connect(running.address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_writers_than_places_are_told_to_come_back() {
    const EVENT: &str = r#"{"type":"PaymentCompleted","eventId":"p","at":"2010-12-01T08:26:00Z","orderId":"1","amount":1,"currency":"GBP"}"#;
    let running = serve_with(8, &["http.ingest_max_in_flight=1"]).await;
    let post = || running.service.post("/v1/topics/payments/events", "application/x-ndjson", EVENT);
    // The first request holds the only place until its body is complete.
    let mut slow = TcpStream::connect(running.address).await.unwrap();
    let head = format!(
        "POST /v1/topics/payments/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        EVENT.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    // Asking before it has the place would take the place from it.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let refused = post().await;
    assert_eq!((refused.status.as_u16(), refused.header("retry-after")), (429, "1"), "{}", refused.text());
    slow.write_all(EVENT.as_bytes()).await.unwrap();
    assert!(read_all(&mut slow).await.0.starts_with("HTTP/1.1 202"));
    assert_eq!(post().await.status, 202);
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_requests_do_no_harm() {
    let running = serve(8).await;
    for request in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET / HTTP/1.1\r\nhost: x\r\nx: a\rb\r\n\r\n",
        b"POST /v1/topics/orders/events HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n",
        b"POST /v1/topics/orders/events HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let (answer, _) = read_all(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let long = [b"GET /".to_vec(), vec![b'a'; 100_000], b" HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()].concat();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let _ = stream.write_all(&long).await;
    let (answer, _) = read_all(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    assert!(read_all(&mut stream).await.0.contains("\"alive\""), "it still serves");
}
