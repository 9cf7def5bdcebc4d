//! Full-text search over the titles; a plain HTTP/1.0 server.
mod index;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

fn answer(stream: TcpStream, index: &index::Index) -> std::io::Result<()> {
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line)?;
    let path = line.split_whitespace().nth(1).unwrap_or("/").to_owned();
    let body = match path.strip_prefix("/search?q=") {
        Some(query) => index.find(query).join("\n"),
        None => "ok".to_owned(),
    };
    write!(&stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.len(), body)
}

fn main() -> std::io::Result<()> {
    let port = std::env::var("PORT").unwrap_or_else(|_| "8090".to_owned());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    let index = index::Index::sample();
    println!("search listens on {port}");
    for stream in listener.incoming() {
        if let Err(error) = answer(stream?, &index) {
            eprintln!("{error}");
        }
    }
    Ok(())
}
