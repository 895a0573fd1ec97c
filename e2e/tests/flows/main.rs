//! The flows, as people walk them. One binary, so that it is linked once; each test has a world and
//! a browser of its own.

mod churn;
mod drafts;
mod element;
mod forced;
mod frames;
mod hostile;
mod imports;
mod keyboard;
mod lost_lines;
mod react;
mod refusals;
mod states;
mod story;
mod upgrade;
mod widget;
mod windows;
