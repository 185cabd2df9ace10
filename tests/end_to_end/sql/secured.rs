//! Passwords and certificates.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use super::clients::missing;
use crate::binary::Service;

#[test]
fn a_password_is_asked_for_where_one_is_set_and_told_to_nobody() {
    if Command::new("psql").arg("--version").stdout(Stdio::null()).status().is_err() {
        missing("psql is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let data = format!("application.data_dir={}", dir.path().display());
    let listen = format!("sql.postgres_listen=127.0.0.1:{port}");
    let password = "sql.postgres_password=open-sesame";
    let service = Service::start(&["run", "--set", &data, "--set", &listen, "--set", password]);
    let psql = |user: &str, password: &str| {
        let address = format!("host=127.0.0.1 port={port} dbname=tillstream user={user}");
        let mut command = Command::new("psql");
        command.args(["-X", "-A", "-t", &address, "-c", "SELECT 1"]).env("PGPASSWORD", password);
        command.stderr(Stdio::null()).output().unwrap()
    };
    assert_eq!(String::from_utf8(psql("tillstream", "open-sesame").stdout).unwrap(), "1\n");
    assert!(!psql("tillstream", "open-simsim").status.success());
    assert!(!psql("postgres", "open-sesame").status.success());
    let shown = service.get("/v1/config").to_string();
    assert!(shown.contains("postgres_password") && !shown.contains("open-sesame"), "{shown}");
    let (status, table) = service.post(
        "/v1/sql",
        &json!({"query": "SELECT value FROM sys_config WHERE key = 'sql.postgres_password'"}).to_string(),
    );
    assert_eq!((status, &table["rows"]), (200, &json!([["\"***\""]])));
}

/// With a certificate connections are encrypted, and whoever checks the name finds it right.
#[test]
fn with_a_certificate_connections_are_encrypted() {
    let quiet = |program| Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let installed = |program| quiet(program).is_ok();
    if !installed("psql") || !installed("openssl") {
        missing("psql or openssl is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(dir.path());
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = [
        format!("application.data_dir={}", dir.path().join("data").display()),
        format!("sql.postgres_listen=127.0.0.1:{port}"),
        format!("sql.postgres_certificate={certificate}"),
        format!("sql.postgres_key={key}"),
        "sql.postgres_password=open-sesame".to_owned(),
    ];
    let settings = settings.iter().flat_map(|setting| ["--set", setting]);
    let _service = Service::start(&["run"].into_iter().chain(settings).collect::<Vec<_>>());
    let psql = |host: &str, options: &str| {
        let address = format!("host={host} hostaddr=127.0.0.1 port={port} dbname=tillstream user=tillstream {options}");
        let mut command = Command::new("psql");
        command.args(["-X", "-A", "-t", &address, "-c", "\\conninfo", "-c", "SELECT 1"]);
        let output = command.env("PGPASSWORD", "open-sesame").stderr(Stdio::null()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let verified = format!("sslmode=verify-full sslrootcert={certificate}");
    for (host, options) in [("localhost", "sslmode=require"), ("localhost", &verified)] {
        let told = psql(host, options);
        assert!(told.contains("TLSv1.3") && told.ends_with("1\n"), "{options}: {told}");
    }
    assert_eq!(psql("elsewhere.example", &verified), "", "a certificate of another name was taken");
}

/// Files of a certificate for localhost, signed by itself, and of its key.
fn certificate(dir: &Path) -> (String, String) {
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| dir.join(name).to_str().unwrap().to_owned());
    let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-x509", "-days", "2"];
    let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    let made = Command::new("openssl")
        .arg("req")
        .args(curve)
        .args(name)
        .args(["-keyout", &key, "-out", &certificate])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(made.success());
    (certificate, key)
}
