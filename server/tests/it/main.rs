//! The proxy as its neighbours meet it: started for real on a free port, spoken to over HTTP and
//! sockets. One binary for all areas, so that it is linked once.

mod at_rest;
mod client;
mod configuration;
mod connect;
mod crossings;
mod edge;
mod embedding;
mod embedding_docs;
mod entering;
mod imports;
mod quick;
mod slow;
mod sockets;
mod start;
mod start_again;
mod tokens;
mod watching;
#[expect(dead_code, reason = "its users land area by area")]
mod world;
