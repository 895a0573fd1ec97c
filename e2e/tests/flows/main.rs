//! The flows, as people walk them. One binary, so that it is linked once; each test has a world and
//! a browser of its own.

mod audit;
mod churn;
mod drafts;
mod element;
mod forced;
mod frames;
mod hostile;
mod imports;
mod keyboard;
mod lost_lines;
mod managed;
mod pickers;
mod react;
mod refusals;
mod states;
mod story;
mod upgrade;
mod widget;
mod windows;
