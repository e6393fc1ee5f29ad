//! Reads one JSON object a line on standard input:
//!     {"configuration": "whatsapp_v1" | "experimental", "epoch": N, "from": HEX, "to": HEX, "proof": HEX}
//! and answers each with one line: {"verdict": "accept"} or {"verdict": "reject", "reason": TEXT}.
//! A panic inside the crate is a rejection as well. A line that is no such object ends the program with an error.

use akd::auditor::verify_consecutive_append_only;
use akd::local_auditing::{AuditBlob, AuditBlobName};
use akd::{Configuration, ExampleLabel, ExperimentalConfiguration, WhatsAppV1Configuration};
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use tokio::runtime::{Builder, Runtime};

fn main() -> Result<(), Box<dyn Error>> {
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = Builder::new_multi_thread().build()?;
    let mut answers = stdout().lock();
    for line in stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let blob = blob_of(&question)?;
        let verdict = match question["configuration"].as_str() {
            Some("whatsapp_v1") => judge::<WhatsAppV1Configuration>(&runtime, blob),
            Some("experimental") => judge::<ExperimentalConfiguration<ExampleLabel>>(&runtime, blob),
            _ => return Err("configuration: whatsapp_v1 or experimental".into()),
        };
        let answer = match verdict {
            Ok(()) => json!({ "verdict": "accept" }),
            Err(reason) => json!({ "verdict": "reject", "reason": reason }),
        };
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

fn blob_of(question: &Value) -> Result<AuditBlob, Box<dyn Error>> {
    let bytes = |field: &str| -> Result<Vec<u8>, Box<dyn Error>> {
        let text = question[field].as_str().ok_or_else(|| format!("{field}: missing"))?;
        Ok(hex::decode(text)?)
    };
    let digest = |field: &str| -> Result<[u8; 32], Box<dyn Error>> {
        bytes(field)?.try_into().map_err(|_| format!("{field}: not 32 bytes").into())
    };
    Ok(AuditBlob {
        name: AuditBlobName {
            epoch: question["epoch"].as_u64().ok_or("epoch: missing")?,
            previous_hash: digest("from")?,
            current_hash: digest("to")?,
        },
        data: bytes("proof")?,
    })
}

/// Runs as a task of its own, so that a panic comes back as a failed join.
fn judge<C: Configuration>(runtime: &Runtime, blob: AuditBlob) -> Result<(), String> {
    let task = runtime.spawn(async move {
        let (epoch, from, to, proof) = blob.decode().map_err(|error| format!("{error:?}"))?;
        verify_consecutive_append_only::<C>(&proof, from, to, epoch)
            .await
            .map_err(|error| format!("{error:?}"))
    });
    runtime.block_on(task).unwrap_or_else(|_| Err("the crate panicked".to_string()))
}
