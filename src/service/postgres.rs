//! The Postgres protocol beside HTTP.

use anyhow::Context as _;
use tillstream_api::sql::{Postgres, PostgresOptions, Sql};
use tillstream_config::{Loaded, Origin};

/// Binds the port; `None` where it is not wanted, or where nobody named one and the default is taken: a second service on one
/// machine should not fail for it.
///
/// # Errors
/// When the port that was asked for is taken, or the certificate is no good.
pub(crate) async fn bind(sql: Sql, loaded: &Loaded) -> anyhow::Result<Option<Postgres>> {
    let config = &loaded.config.sql;
    if !config.postgres {
        return Ok(None);
    }
    let (certificate, key) = (&config.postgres_certificate, &config.postgres_key);
    let password = &config.postgres_password;
    let options = PostgresOptions {
        listen: config.postgres_listen,
        login: (!password.is_empty()).then(|| (config.postgres_user.clone(), password.clone())),
        tls: (!certificate.is_empty()).then(|| (certificate.into(), key.into())),
        max_connections: config.postgres_max_connections as usize,
    };
    match Postgres::bind(sql, &options).await {
        Ok(postgres) => Ok(Some(postgres)),
        Err(error) if *loaded.origins.of("sql.postgres_listen") == Origin::Default && is_taken(&error) => {
            tracing::warn!(%error, "going on without Postgres clients");
            Ok(None)
        }
        Err(error) => Err(error).context("Postgres clients cannot be served"),
    }
}

fn is_taken(error: &tillstream_api::sql::PostgresError) -> bool {
    use tillstream_api::sql::PostgresError::Bind;
    matches!(error, Bind { reason, .. } if reason.kind() == std::io::ErrorKind::AddrInUse)
}
