//! Delivers webhooks to partner shops over TLS.
use std::io::{Read, Write};
use std::net::TcpStream;

fn deliver(host: &str, body: &str) -> Result<String, Box<dyn std::error::Error>> {
    let connector = native_tls::TlsConnector::new()?;
    let mut stream = connector.connect(host, TcpStream::connect((host, 443))?)?;
    write!(stream, "POST /hook HTTP/1.0\r\nHost: {host}\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn main() {
    let host = std::env::var("PARTNER_HOST").expect("PARTNER_HOST");
    loop {
        if let Err(error) = deliver(&host, "{}") {
            eprintln!("{error}");
        }
        std::thread::sleep(std::time::Duration::from_secs(60));
    }
}
