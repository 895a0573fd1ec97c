//! Starts the store in the browser.

fn main() {
    app::start();
}
