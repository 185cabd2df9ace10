//! A door of the broker that asks who comes: TLS, and a password by SCRAM.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Unavailable;
use crate::jars::run;

/// Protects the broker's key, which nobody else ever sees.
const KEY_PASSWORD: &str = "changeit";

/// What clients need to be let in.
#[derive(Clone, Debug)]
pub struct Secured {
    /// Its port, at `localhost`: the name in the certificate.
    pub(crate) port: u16,
    directory: PathBuf,
}

impl Secured {
    /// The user who is let in.
    pub const USER: &'static str = "till";
    /// The user's password.
    pub const PASSWORD: &'static str = "open sesame";

    /// Makes the broker's key and certificate in `directory`.
    pub(crate) fn create(directory: &Path, port: u16) -> Result<Self, Unavailable> {
        let secured = Self { port, directory: directory.to_owned() };
        let keytool = || {
            let mut keytool = Command::new("keytool");
            keytool.args(["-alias", "broker", "-storepass", KEY_PASSWORD, "-keystore"]).arg(secured.key_store());
            keytool
        };
        let key =
            ["-genkeypair", "-keyalg", "EC", "-dname", "CN=localhost", "-ext", "san=dns:localhost", "-validity", "30"];
        run("keytool", keytool().args(key).args(["-storetype", "PKCS12"]))?;
        run("keytool", keytool().args(["-exportcert", "-rfc", "-file"]).arg(secured.certificate()))?;
        Ok(secured)
    }

    /// Where clients find the door: `host:port`.
    pub fn bootstrap(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// The certificate by which clients know the broker, PEM.
    pub fn certificate(&self) -> PathBuf {
        self.directory.join("broker.pem")
    }

    fn key_store(&self) -> PathBuf {
        self.directory.join("broker.p12")
    }

    /// Lines of the broker's properties file.
    pub(crate) fn properties(&self) -> String {
        let key_store = self.key_store();
        format!(
            "inter.broker.listener.name=PLAINTEXT\n\
             sasl.enabled.mechanisms=SCRAM-SHA-512\n\
             listener.name.secured.scram-sha-512.sasl.jaas.config=\
             org.apache.kafka.common.security.scram.ScramLoginModule required;\n\
             listener.name.secured.ssl.keystore.type=PKCS12\n\
             listener.name.secured.ssl.keystore.location={}\n\
             listener.name.secured.ssl.keystore.password={KEY_PASSWORD}\n\
             listener.name.secured.ssl.key.password={KEY_PASSWORD}\n",
            key_store.display()
        )
    }

    /// The user, as the storage is formatted with.
    pub(crate) fn user() -> String {
        format!("SCRAM-SHA-512=[name={},password=\"{}\"]", Self::USER, Self::PASSWORD)
    }
}
