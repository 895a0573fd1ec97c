//! What can be done with a connection beyond its switch: tested, paused, handed out, erased.

use protocol::health::ConnectionTest;
use protocol::ids::IntegrationId;
use protocol::message::Fault;
use protocol::store::{Connection, ConnectionState};

use super::connect::Asking;
use crate::browser::dom::{Tag, button, tag, whenever};
use crate::browser::{file, intl, timer};
use crate::components::copy_button::copy_button;
use crate::components::modal::modal;
use crate::components::resting::resting;
use crate::live::{Live, use_live};
use crate::model::connecting::works;
use crate::signals::{RwSignal, Signal, StoredValue, memo};
use crate::text::{self, faults, manage as words};

/// A spreadsheet takes a file for UTF-8 when it begins with this.
const UTF_8: &str = "\u{FEFF}";

/// One connection that is managed.
#[derive(Clone, Copy)]
struct Managed {
    live: Live,
    id: StoredValue<IntegrationId>,
    connection: Signal<Option<Connection>>,
    state: Signal<ConnectionState>,
}

impl Managed {
    fn works(self) -> bool {
        works(self.state.get())
    }

    fn has_company(self) -> bool {
        self.connection.with(|c| c.as_ref().is_some_and(|c| c.company.is_some()))
    }

    fn name(self) -> String {
        self.live.name(&self.id.get_value())
    }
}

/// The buttons, and what came of the last test.
pub fn manage(integration: IntegrationId) -> Tag {
    let live = use_live();
    let (connection, state) = (live.connection(integration.clone()), live.state(integration.clone()));
    let managed = Managed { live, id: StoredValue::new(integration), connection, state };
    let uninstalling = RwSignal::new(false);
    let (buttons, told) = test(managed);
    tag("div", "manage")
        .attr("role", "group")
        .attr("aria-label", words::TITLE)
        .put(more(managed, buttons, uninstalling))
        .put(told)
        .put(uninstall_dialog(managed, uninstalling))
}

fn more(managed: Managed, buttons: Tag, uninstalling: RwSignal<bool>) -> Tag {
    let (live, asking) = (managed.live, Asking::here());
    let locked = move || !live.may().connect;
    let press = move |class: &str, words: &str| button(class, words).flag("disabled", locked);
    let small = "button small";
    let id = move || managed.id.get_value();
    buttons
        .when(
            move || managed.works(),
            move || press(small, words::PAUSE).press(move || live.act(live.pause(id()))),
        )
        .when(
            move || managed.works() && !matches!(managed.state.get(), ConnectionState::Expiring { .. }),
            move || press(small, words::RECONNECT).press(move || asking.connect(id())),
        )
        .when(move || managed.has_company(), move || download(managed, words::DOWNLOAD))
        .when(
            move || managed.state.get().is_on(),
            move || press(small, words::DISCONNECT).press(move || asking.disconnect(id())),
        )
        .when(
            move || managed.has_company(),
            move || press("button small danger", words::UNINSTALL).press(move || uninstalling.set(true)),
        )
}

/// The button that tests the connection, at the head of the others, and what came of it.
fn test(managed: Managed) -> (Tag, Tag) {
    let live = managed.live;
    let busy = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Result<ConnectionTest, Fault>>);
    let begin = move || {
        busy.set(true);
        outcome.set(None);
        timer::spawn(async move {
            let answer = live.test_connection(managed.id.get_value()).await;
            // The page may have been left meanwhile, and its signals gone with it.
            busy.try_set(false);
            outcome.try_set(Some(answer));
        });
    };
    let test = move || {
        resting(button("button small", words::TEST), move || busy.get(), begin)
            .flag("disabled", move || !live.may().connect)
    };
    let works = memo(move || managed.works());
    // What failed before it was connected anew or resumed says nothing of it any more.
    whenever(move || {
        if works.get() {
            outcome.set(None);
        }
    });
    let buttons = tag("div", "actions").when(move || works.get(), test);
    let told = tag("div", "tested").attr("role", "status").shows(move || {
        if busy.get() {
            return Some(tag("p", "muted").words(&[words::TESTING, "…"].concat()));
        }
        // That it worked is no news of a connection that does not work any more.
        let stale = |outcome: &Result<ConnectionTest, Fault>| {
            outcome.as_ref().is_ok_and(|test| test.fault.is_none()) && !managed.works()
        };
        outcome.get().filter(|outcome| !stale(outcome)).map(|outcome| told(outcome, &managed.name()))
    });
    (buttons, told)
}

fn told(outcome: Result<ConnectionTest, Fault>, name: &str) -> Tag {
    let test = match outcome {
        Ok(test) => test,
        Err(fault) => return tag("p", "note bad").words(faults::kind(fault.kind)),
    };
    let Some(fault) = test.fault else {
        return tag("p", "note good").words(&words::works(name, &test.company.unwrap_or_default()));
    };
    let details = words::details(&test.reference, test.code.as_deref(), test.trace.as_deref());
    let problem = tag("p", "").words(&words::fault(fault, name));
    tag("div", "note bad").put(problem).put(copy_button(details))
}

/// Fetches the whole file, then hands it out.
fn download(managed: Managed, label: &str) -> Tag {
    let busy = RwSignal::new(false);
    let fetch = move || {
        busy.set(true);
        managed.live.act(async move {
            let id = managed.id.get_value();
            let table = managed.live.export_configuration(id.clone()).await;
            busy.try_set(false);
            file::save_csv(&[id.as_str(), "-configuration.csv"].concat(), &[UTF_8, &table?].concat());
            Ok(())
        });
    };
    resting(button("button small", label), move || busy.get(), fetch)
}

/// What is erased, a file to keep, and the name to be typed.
fn uninstall_dialog(managed: Managed, open: RwSignal<bool>) -> Tag {
    let title = move || words::uninstall_title(&managed.name());
    let inside = move || {
        let name = managed.name();
        let item = |words: &str| tag("li", "").words(words);
        vec![
            tag("h3", "").words(words::ERASES),
            tag("ul", "").all(words::ERASED.map(item).to_vec()),
            tag("p", "").words(&words::revokes(&name)),
            tag("p", "muted").words(words::INSTEAD),
            tag("div", "").put(download(managed, words::DOWNLOAD_FIRST)),
            confirmation(managed, open, &name),
        ]
    };
    modal(open, title, "uninstall-title", inside)
}

fn confirmation(managed: Managed, open: RwSignal<bool>, name: &str) -> Tag {
    let (typed, busy) = (RwSignal::new(String::new()), RwSignal::new(false));
    let problem = RwSignal::new(None::<String>);
    let erase = move || {
        busy.set(true);
        timer::spawn(async move {
            let answer = managed.live.uninstall(managed.id.get_value(), typed.get_untracked()).await;
            busy.try_set(false);
            match answer {
                Ok(()) => drop(open.try_set(false)),
                Err(fault) => drop(problem.try_set(Some(faults::kind(fault.kind).to_owned()))),
            }
        });
    };
    let meant = {
        let name = intl::lower(name);
        move || intl::lower(typed.get().trim()) == name
    };
    let field = tag("input", "input")
        .attr("id", "uninstall-name")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .typed(move |text| typed.set(text));
    let cancel = button("button", text::CANCEL).attr("data-first", "").press(move || open.set(false));
    let go =
        tag("button", "button danger").flag("disabled", move || busy.get() || !meant()).words(words::ERASE);
    tag("form", "told")
        .on("submit", move |event| {
            event.prevent_default();
            erase();
        })
        .put(tag("label", "").attr("for", "uninstall-name").words(&words::type_name(name)))
        .put(field)
        .put(tag("p", "problem").attr("role", "alert").says(move || problem.get().unwrap_or_default()))
        .put(tag("div", "actions").put(cancel).put(go))
}
