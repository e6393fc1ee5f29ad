//! akd-seconds FILE EPOCH FROM_HEX TO_HEX RUNS: how long the akd crate takes to decode and verify one audit proof of configuration
//! whatsapp_v1. Prints one line of JSON: {"seconds": [...]}; ends with an error when the crate rejects the proof.

use akd::WhatsAppV1Configuration;
use akd::auditor::verify_consecutive_append_only;
use akd::local_auditing::{AuditBlob, AuditBlobName};
use serde_json::json;
use std::error::Error;
use std::time::Instant;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, epoch, from, to, runs] = arguments.as_slice() else {
        return Err("usage: akd-seconds FILE EPOCH FROM_HEX TO_HEX RUNS".into());
    };
    let digest = |text: &str| -> Result<[u8; 32], Box<dyn Error>> {
        hex::decode(text)?.try_into().map_err(|_| "a digest has 64 hex digits".into())
    };
    let data = std::fs::read(file)?;
    let runtime = Builder::new_multi_thread().build()?;
    let mut seconds = Vec::new();
    for _ in 0..runs.parse::<u32>()? {
        let name = AuditBlobName {
            epoch: epoch.parse()?,
            previous_hash: digest(from)?,
            current_hash: digest(to)?,
        };
        let blob = AuditBlob { name, data: data.clone() };
        let start = Instant::now();
        let (epoch, from, to, proof) = blob.decode().map_err(|error| format!("{error:?}"))?;
        let task = runtime.spawn(async move {
            verify_consecutive_append_only::<WhatsAppV1Configuration>(&proof, from, to, epoch).await
        });
        runtime.block_on(task)?.map_err(|error| format!("{error:?}"))?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    println!("{}", json!({ "seconds": seconds }));
    Ok(())
}
