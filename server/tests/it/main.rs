//! The proxy as its neighbours meet it: started for real on a free port, spoken to over HTTP and
//! sockets. One binary for all areas, so that it is linked once.

mod client;
mod edge;
mod entering;
mod slow;
mod sockets;
mod start;
#[expect(dead_code, reason = "its users land area by area")]
mod world;
