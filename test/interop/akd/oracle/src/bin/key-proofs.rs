//! Judges lookup and key-history proofs with the akd crate's own client, and makes directories with the crate's own server.
//! Reads one JSON object a line on standard input and answers each with one line:
//!     {"op": "lookup" | "history", "configuration", "vrfKey", "root", "epoch", "label", "proof",
//!      "params": "complete" | "most-recent:N", "tombstones": BOOL, "runs": N}
//!         -> {"valid": true, "versions": [{"version", "epoch", "value"}], "nanoseconds": N}  (of one run, the mean)
//!          | {"valid": false, "reason": TEXT}
//!     {"op": "directory", "configuration", "vrfSecret", "epochs": [[[LABEL, VALUE], ...], ...], "ask": [LABEL, ...], "recent": [N, ...]}
//!         -> {"vrfKey", "roots": [HEX, ...], "lookups": [[HEX, ...], ...], "histories": [[{"params", "proof"}, ...], ...]}
//!     where lookups and histories hold one list a label asked for, at the last epoch.
//! All bytes are in hex. A panic inside the crate is a rejection as well.

use akd::append_only_zks::AzksParallelismConfig;
use akd::directory::Directory;
use akd::ecvrf::{VRFKeyStorage, VrfError};
use akd::storage::{StorageManager, memory::AsyncInMemoryDatabase};
use akd::{
    AkdLabel, AkdValue, Configuration, EpochHash, ExampleLabel, ExperimentalConfiguration, HistoryParams,
    HistoryVerificationParams, VerifyResult, WhatsAppV1Configuration,
};
use akd_core::proto::specs::types;
use protobuf::Message;
use serde_json::{Value, json};
use std::error::Error;
use std::io::{BufRead, Write, stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = Builder::new_multi_thread().build()?;
    let mut answers = stdout().lock();
    for line in stdin().lock().lines() {
        let question: Value = serde_json::from_str(&line?)?;
        let answer = match text(&question, "configuration")? {
            "whatsapp_v1" => answer::<WhatsAppV1Configuration>(&runtime, &question)?,
            "experimental" => answer::<ExperimentalConfiguration<ExampleLabel>>(&runtime, &question)?,
            other => return Err(format!("configuration {other}").into()),
        };
        writeln!(answers, "{answer}")?;
        answers.flush()?;
    }
    Ok(())
}

fn answer<C: Configuration>(runtime: &Runtime, question: &Value) -> Result<Value, Failure> {
    if text(question, "op")? == "directory" {
        return runtime.block_on(directory::<C>(question));
    }
    let request = Request::read(question)?;
    let runs = question["runs"].as_u64().unwrap_or(1).max(1);
    let start = Instant::now();
    let mut verdict = Err("not run".to_string());
    for _ in 0..runs {
        verdict = catch_unwind(AssertUnwindSafe(|| request.verify::<C>()))
            .unwrap_or_else(|_| Err("the crate panicked".to_string()));
    }
    let nanoseconds = start.elapsed().as_nanos() as u64 / runs;
    Ok(match verdict {
        Ok(versions) => json!({ "valid": true, "versions": versions.iter().map(version).collect::<Vec<_>>(), "nanoseconds": nanoseconds }),
        Err(reason) => json!({ "valid": false, "reason": reason }),
    })
}

struct Request {
    is_lookup: bool,
    vrf_key: Vec<u8>,
    root: [u8; 32],
    epoch: u64,
    label: AkdLabel,
    proof: Vec<u8>,
    params: HistoryVerificationParams,
}

impl Request {
    fn read(question: &Value) -> Result<Request, Failure> {
        let history_params = params(question["params"].as_str().unwrap_or("complete"))?;
        let tombstones = question["tombstones"].as_bool().unwrap_or(false);
        Ok(Request {
            is_lookup: text(question, "op")? == "lookup",
            vrf_key: bytes(question, "vrfKey")?,
            root: bytes(question, "root")?.try_into().map_err(|_| "root: not 32 bytes")?,
            epoch: question["epoch"].as_u64().ok_or("epoch: missing")?,
            label: AkdLabel(bytes(question, "label")?),
            proof: bytes(question, "proof")?,
            params: if tombstones {
                HistoryVerificationParams::AllowMissingValues { history_params }
            } else {
                HistoryVerificationParams::Default { history_params }
            },
        })
    }

    /// Decoding is part of it, as it is for a client.
    fn verify<C: Configuration>(&self) -> Result<Vec<VerifyResult>, String> {
        let (key, root, epoch, label) = (&self.vrf_key, self.root, self.epoch, self.label.clone());
        if self.is_lookup {
            let message = types::LookupProof::parse_from_bytes(&self.proof).map_err(debug)?;
            let proof = (&message).try_into().map_err(debug)?;
            return akd::client::lookup_verify::<C>(key, root, epoch, label, proof).map(|one| vec![one]).map_err(debug);
        }
        let message = types::HistoryProof::parse_from_bytes(&self.proof).map_err(debug)?;
        let proof = (&message).try_into().map_err(debug)?;
        akd::client::key_history_verify::<C>(key, root, epoch, label, proof, self.params).map_err(debug)
    }
}

#[derive(Clone)]
struct Vrf(Vec<u8>);

#[async_trait::async_trait]
impl VRFKeyStorage for Vrf {
    async fn retrieve(&self) -> Result<Vec<u8>, VrfError> {
        Ok(self.0.clone())
    }
}

async fn directory<C: Configuration>(question: &Value) -> Result<Value, Failure> {
    let storage = StorageManager::new_no_cache(AsyncInMemoryDatabase::new());
    let vrf = Vrf(bytes(question, "vrfSecret")?);
    let akd = Directory::<C, _, _>::new(storage, vrf, AzksParallelismConfig::default()).await?;
    let key = akd.get_public_key().await?;
    let mut roots = vec![];
    for entries in list(question, "epochs") {
        let mut updates = vec![];
        for entry in entries.as_array().into_iter().flatten() {
            let label = hex::decode(entry[0].as_str().ok_or("label")?)?;
            let value = hex::decode(entry[1].as_str().ok_or("value")?)?;
            updates.push((AkdLabel(label), AkdValue(value)));
        }
        let EpochHash(_, root) = akd.publish(updates).await?;
        roots.push(hex::encode(root));
    }
    let mut lookups = vec![];
    let mut histories = vec![];
    for label in list(question, "ask") {
        let label = AkdLabel(hex::decode(label.as_str().ok_or("ask")?)?);
        let (lookup, _) = akd.lookup(label.clone()).await?;
        lookups.push(hex::encode(types::LookupProof::from(&lookup).write_to_bytes()?));
        let mut kinds = vec!["complete".to_string()];
        kinds.extend(list(question, "recent").iter().filter_map(Value::as_u64).map(|n| format!("most-recent:{n}")));
        let mut proofs = vec![];
        for kind in kinds {
            let (history, _) = akd.key_history(&label, params(&kind)?).await?;
            let proof = hex::encode(types::HistoryProof::from(&history).write_to_bytes()?);
            proofs.push(json!({ "params": kind, "proof": proof }));
        }
        histories.push(proofs);
    }
    let key = hex::encode(key.as_bytes());
    Ok(json!({ "vrfKey": key, "roots": roots, "lookups": lookups, "histories": histories }))
}

fn params(text: &str) -> Result<HistoryParams, Failure> {
    match text.strip_prefix("most-recent:") {
        Some(count) => Ok(HistoryParams::MostRecent(count.parse()?)),
        None => Ok(HistoryParams::Complete),
    }
}

fn version(result: &VerifyResult) -> Value {
    json!({ "version": result.version, "epoch": result.epoch, "value": hex::encode(&result.value.0) })
}

fn text<'a>(question: &'a Value, field: &str) -> Result<&'a str, Failure> {
    question[field].as_str().ok_or_else(|| format!("{field}: missing").into())
}

fn bytes(question: &Value, field: &str) -> Result<Vec<u8>, Failure> {
    Ok(hex::decode(text(question, field)?)?)
}

fn list<'a>(question: &'a Value, field: &str) -> &'a [Value] {
    question[field].as_array().map_or(&[], Vec::as_slice)
}

fn debug(error: impl std::fmt::Debug) -> String {
    format!("{error:?}")
}
