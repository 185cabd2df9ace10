//! What others ask with: psql, BI tools, Python.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Demo, amount};

pub(super) fn psql_lists_describes_and_asks(demo: &Demo) {
    if Command::new("psql").arg("--version").stdout(Stdio::null()).status().is_err() {
        missing("psql is not installed");
        return;
    }
    let psql = |commands: &str| {
        let address = format!("host=127.0.0.1 port={} dbname=tillstream user=anybody", demo.postgres);
        let output = Command::new("psql").args(["-X", "-A", "-t", &address, "-c", commands]).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (sum, error) = psql("SELECT sum(gross_revenue) FROM revenue_by_day");
    assert_eq!(
        (sum.trim().trim_end_matches('0').trim_end_matches('.'), &*error),
        (amount(&demo.totals["grossRevenue"]).as_str(), "")
    );
    let (tables, error) = psql("\\dt");
    assert!(tables.contains("revenue_by_hour") && error.is_empty(), "{tables}{error}");
    let (columns, error) = psql("\\d orders");
    assert!(columns.contains("placed_at") && error.is_empty(), "{columns}{error}");
    let (_, error) = psql("SELECT revenu FROM revenue_by_day");
    assert!(error.contains("LINE 1: SELECT revenu") && error.contains("HINT:  did you mean revenue?"), "{error}");
    let (_, error) = psql("DELETE FROM orders");
    assert!(error.contains("ERROR:"), "{error}");
    let (answers, _) = psql("BEGIN; SELECT 1; SET extra_float_digits = 3; SELECT version(); COMMIT");
    assert!(answers.contains("PostgreSQL 16"), "{answers}");
}

/// What BI tools ask when a database is added, and when its tables are looked at.
pub(super) fn bi_tools_start_up(demo: &Demo) {
    if Command::new("psql").arg("--version").stdout(Stdio::null()).status().is_err() {
        missing("psql is not installed");
        return;
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/sql/startup");
    let address = format!("host=127.0.0.1 port={} dbname=tillstream user=anybody", demo.postgres);
    let mut faults = Vec::new();
    for tool in ["grafana", "metabase", "superset", "dbeaver"] {
        let recorded = std::fs::read_to_string(dir.join(tool).with_extension("sql")).unwrap();
        for query in recorded.split("\n\n").filter(|query| query.contains(';')) {
            let output = Command::new("psql").args(["-X", "-A", "-t", &address, "-c", query]).output().unwrap();
            let (told, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
            let mut expected = query.lines().filter_map(|line| line.strip_prefix("-- shows: "));
            if !error.is_empty() || !expected.all(|expected| told.contains(expected)) {
                let told: String = told.chars().take(300).collect();
                faults.push(format!("{tool}\n{query}\n{told}\n{error}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n---\n"));
}

pub(super) fn pythons_clients_read_the_tables(demo: &Demo) {
    let gross = amount(&demo.totals["grossRevenue"]);
    script("clients.py", &[&demo.postgres.to_string(), demo.service.url(), &gross]);
}

/// Forty queries, here and by DuckDB on what is exported.
pub(super) fn duckdb_computes_the_same(demo: &Demo) {
    script("duckdb_computes.py", &[demo.service.url()]);
}

fn script(name: &str, arguments: &[&str]) {
    let Some(python) = python() else { return };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/sql").join(name);
    let output = Command::new(python).arg(script).args(arguments).output().unwrap();
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {said}{told}");
}

/// A Python with the clients in it, made once and kept.
fn python() -> Option<std::path::PathBuf> {
    let home = std::env::var_os("HOME")?;
    let dir = Path::new(&home).join(".cache/tillstream/sql-clients-2");
    let python = dir.join("bin/python");
    let packages =
        ["psycopg[binary]==3.*", "psycopg2-binary==2.*", "SQLAlchemy==2.*", "pandas==2.*", "pyarrow", "duckdb==1.*"];
    let ready = dir.join("ready");
    if !ready.exists() {
        let made = Command::new("python3").args(["-m", "venv"]).arg(&dir).stdout(Stdio::null()).status();
        let installed = made.is_ok_and(|status| status.success())
            && Command::new(&python)
                .args(["-m", "pip", "install", "-q", "--disable-pip-version-check"])
                .args(packages)
                .stdout(Stdio::null())
                .status()
                .is_ok_and(|status| status.success());
        if !installed {
            missing("Python, or the package registry, is not there");
            return None;
        }
        std::fs::write(ready, "").unwrap();
    }
    Some(python)
}

/// Where it runs by itself everything must be there; a person may lack something.
pub(super) fn missing(what: &str) {
    assert!(std::env::var("CI").map_or(true, |ci| ci != "true"), "{what}");
    eprintln!("skipped: {what}");
}
