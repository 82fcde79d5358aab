// What a careful program in Rust does: serde_json reads the envelope without copying, one buffer for what is read and one for what is written.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io::{BufRead, BufReader, Write};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    method: &'a str,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Answer<'a> {
    jsonrpc: &'a str,
    id: &'a RawValue,
    result: Empty,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut input = BufReader::with_capacity(64 << 10, std::io::stdin().lock());
    let mut output = std::io::stdout().lock();
    let (mut line, mut answers) = (Vec::new(), Vec::with_capacity(64 << 10));
    while input.read_until(b'\n', &mut line)? > 0 {
        let request: Request = serde_json::from_slice(&line)?;
        if request.jsonrpc != "2.0" || request.method != "bridge.ping" {
            return Err("this program knows bridge.ping alone".into());
        }
        serde_json::to_writer(&mut answers, &Answer { jsonrpc: "2.0", id: request.id, result: Empty {} })?;
        answers.push(b'\n');
        line.clear();
        if !input.buffer().contains(&b'\n') {
            // Not through the standard library's buffer, which would cut what is written at its last line.
            output.write_all(&answers)?;
            output.flush()?;
            answers.clear();
        }
    }
    Ok(())
}
