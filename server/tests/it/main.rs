//! The proxy as its neighbours meet it: started for real on a free port, spoken to over HTTP and
//! sockets. One binary for all areas, so that it is linked once.

mod at_rest;
mod attempts;
mod changes_midway;
mod client;
mod configuration;
mod connect;
mod crossings;
mod edge;
mod entering;
mod imports;
mod odd_frames;
mod overheard;
mod quick;
mod scopes;
mod silent;
mod slow;
mod sockets;
mod start;
mod start_again;
mod tokens;
mod watching;
mod ways_out;
mod who_may_listen;
#[expect(dead_code, reason = "its users land area by area")]
mod world;
