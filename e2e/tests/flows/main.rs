//! The flows, as people walk them. One binary, so that it is linked once; each test has a world and
//! a browser of its own.

mod forced;
mod hostile;
mod lost_lines;
mod refusals;
mod story;
mod windows;
