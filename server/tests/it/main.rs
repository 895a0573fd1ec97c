//! The proxy as its neighbours meet it: started for real on a free port, spoken to over HTTP and
//! sockets. One binary for all areas, so that it is linked once.

mod api;
mod at_rest;
mod churn;
mod client;
mod commands;
mod configuration;
mod connect;
mod crossings;
mod crowd;
mod denied;
mod documents;
mod edge;
mod embedded;
mod entering;
mod forwarded;
mod frames;
mod headers;
mod imports;
mod names;
mod openapi;
mod operator;
mod paces;
mod portals;
mod quick;
mod raw;
mod renewal;
mod resuming;
mod rows;
mod seats;
mod signout;
mod slow;
mod settings;
mod smuggling;
mod sockets;
mod start;
mod start_again;
mod thief;
mod tokens;
mod watching;
#[expect(dead_code, reason = "its users land area by area")]
mod world;
