//! Every state meets every event, held against a table that is written out; what the table means is
//! said by the tests after it.

use super::*;

const LOST: ReconnectReason = ReconnectReason::Refused;
const OFF: [Off; 4] = [
    Off::Available,
    Off::Legacy { deadline: Some(Moment(9)) },
    Off::ReconnectRequired { reason: ReconnectReason::Expired },
    Off::Disconnected,
];
const WORKING: [State; 6] = [
    State::Importing,
    State::NeedsConfiguration,
    State::Active,
    State::Paused,
    State::Attention { problems: 2 },
    State::Expiring { at: Moment(7) },
];

/// A row per event, a column per state; a cell is the state after it, a dot the same state.
const TABLE: &str = "
event          new    old9   lostX  off    new+5  old9+5 lostX+5 off+5  import needs  works  paused warn2  ends7
began-8        new+8  old9+8 lostX+8 off+8 new+8  old9+8 lostX+8 off+8  .      .      .      .      .      .
over           .      .      .      .      new    old9   lostX   off    .      .      .      .      .      .
connected      import import import import import import import  import .      import import import import import
imported-0     .      .      .      .      .      .      .       .      needs  .      .      .      .      .
imported-1     .      .      .      .      .      .      .       .      needs  .      warn1  .      warn1  .
incomplete-0   .      .      .      .      .      .      .       .      .      .      needs  .      needs  .
incomplete-3   .      .      .      .      .      .      .       .      .      .      needs  .      needs  .
complete-0     .      .      .      .      .      .      .       .      .      works  .      .      works  .
complete-3     .      .      .      .      .      .      .       .      .      warn3  warn3  .      warn3  .
lost           .      .      .      .      .      .      .       .      lostR  lostR  lostR  lostR  lostR  lostR
switched-off   .      off    off    .      new    off    off     off    off    off    off    off    off    off
paused         .      .      .      .      .      .      .       .      paused paused paused .      paused paused
resumed-no-3   .      .      .      .      .      .      .       .      .      .      .      needs  .      .
resumed-0      .      .      .      .      .      .      .       .      .      .      .      works  .      .
resumed-3      .      .      .      .      .      .      .       .      .      .      .      warn3  .      .
near-6         .      .      .      .      .      .      .       .      .      ends6  ends6  .      ends6  ends6
far-no-3       .      .      .      .      .      .      .       .      .      .      .      .      .      needs
far-0          .      .      .      .      .      .      .       .      .      .      .      .      .      works
far-3          .      .      .      .      .      .      .       .      .      .      .      .      .      warn3
legacy-6       old6   old6   .      .      .      .      .       .      .      .      .      .      .      .
legacy         old    old    .      .      .      .      .       .      .      .      .      .      .      .
uninstalled    .      new    new    new    new    new    new     new    new    new    new    new    new    new
";

/// How the table spells a state. A new one does not compile until it is spelt.
fn spell(state: State) -> String {
    match state {
        State::Available => "new".to_owned(),
        State::Legacy { deadline } => deadline.map_or("old".to_owned(), |at| format!("old{}", at.0)),
        State::Authorizing { expires, from } => format!("{}+{}", spell(from.into()), expires.0),
        State::Importing => "import".to_owned(),
        State::NeedsConfiguration => "needs".to_owned(),
        State::Active => "works".to_owned(),
        State::Paused => "paused".to_owned(),
        State::Attention { problems } => format!("warn{problems}"),
        State::Expiring { at } => format!("ends{}", at.0),
        State::ReconnectRequired { reason: ReconnectReason::Expired } => "lostX".to_owned(),
        State::ReconnectRequired { .. } => "lostR".to_owned(),
        State::Disconnected => "off".to_owned(),
    }
}

/// How the table spells an event. A new one does not compile until it is spelt, and a spelling that
/// no sample has fails.
fn name(event: Event) -> String {
    let whole = |complete: bool| if complete { "" } else { "-no" };
    match event {
        Event::AttemptBegan { expires } => format!("began-{}", expires.0),
        Event::AttemptsOver => "over".to_owned(),
        Event::Connected => "connected".to_owned(),
        Event::ImportEnded { failed } => format!("imported-{failed}"),
        Event::Configured { complete: true, problems } => format!("complete-{problems}"),
        Event::Configured { complete: false, problems } => format!("incomplete-{problems}"),
        Event::SignInLost { .. } => "lost".to_owned(),
        Event::SwitchedOff => "switched-off".to_owned(),
        Event::Paused => "paused".to_owned(),
        Event::Resumed { complete, problems } => format!("resumed{}-{problems}", whole(complete)),
        Event::ExpiryNear { at } => format!("near-{}", at.0),
        Event::ExpiryFar { complete, problems } => format!("far{}-{problems}", whole(complete)),
        Event::LegacyLoaded { deadline: Some(at) } => format!("legacy-{}", at.0),
        Event::LegacyLoaded { deadline: None } => "legacy".to_owned(),
        Event::Uninstalled => "uninstalled".to_owned(),
    }
}

fn authorizing(from: Off) -> State {
    State::Authorizing { expires: Moment(5), from }
}

/// Samples of every kind, in the order of the table. The match, which is never run, makes them
/// complete: the compiler wants each kind, and each has at least one sample.
macro_rules! all {
    ($kind:ident: $($pattern:pat => [$($value:expr),+],)*) => {{
        let _complete = |value: $kind| match value { $($pattern => (),)* };
        vec![$($($value,)+)*]
    }};
}

fn every() -> Vec<State> {
    let [new, legacy, lost, off] = OFF;
    let [importing, needs, active, paused, attention, expiring] = WORKING;
    all! { State:
        State::Available => [new.into()],
        State::Legacy { .. } => [legacy.into()],
        State::ReconnectRequired { .. } => [lost.into()],
        State::Disconnected => [off.into()],
        State::Authorizing { .. } => [
            authorizing(new), authorizing(legacy), authorizing(lost), authorizing(off)
        ],
        State::Importing => [importing],
        State::NeedsConfiguration => [needs],
        State::Active => [active],
        State::Paused => [paused],
        State::Attention { .. } => [attention],
        State::Expiring { .. } => [expiring],
    }
}

fn events() -> Vec<Event> {
    let (no, yes, at) = (false, true, Moment(6));
    all! { Event:
        Event::AttemptBegan { .. } => [Event::AttemptBegan { expires: Moment(8) }],
        Event::AttemptsOver => [Event::AttemptsOver],
        Event::Connected => [Event::Connected],
        Event::ImportEnded { .. } => [Event::ImportEnded { failed: 0 }, Event::ImportEnded { failed: 1 }],
        Event::Configured { .. } => [
            Event::Configured { complete: no, problems: 0 },
            Event::Configured { complete: no, problems: 3 },
            Event::Configured { complete: yes, problems: 0 },
            Event::Configured { complete: yes, problems: 3 }
        ],
        Event::SignInLost { .. } => [Event::SignInLost { reason: LOST }],
        Event::SwitchedOff => [Event::SwitchedOff],
        Event::Paused => [Event::Paused],
        Event::Resumed { .. } => [
            Event::Resumed { complete: no, problems: 3 },
            Event::Resumed { complete: yes, problems: 0 },
            Event::Resumed { complete: yes, problems: 3 }
        ],
        Event::ExpiryNear { .. } => [Event::ExpiryNear { at }],
        Event::ExpiryFar { .. } => [
            Event::ExpiryFar { complete: no, problems: 3 },
            Event::ExpiryFar { complete: yes, problems: 0 },
            Event::ExpiryFar { complete: yes, problems: 3 }
        ],
        Event::LegacyLoaded { .. } => [
            Event::LegacyLoaded { deadline: Some(at) },
            Event::LegacyLoaded { deadline: None }
        ],
        Event::Uninstalled => [Event::Uninstalled],
    }
}

#[test]
fn every_state_meets_every_event_as_the_table_says() {
    let mut lines = TABLE.trim().lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let columns = lines.next().unwrap();
    let states: Vec<String> = every().into_iter().map(spell).collect();
    assert_eq!(columns[1..], states, "a column for every state, and no other");
    let rows: Vec<Vec<&str>> = lines.collect();
    let labels: Vec<String> = rows.iter().map(|row| row[0].to_owned()).collect();
    assert_eq!(labels, events().into_iter().map(name).collect::<Vec<_>>(), "a row for every event");
    for (event, row) in events().into_iter().zip(&rows) {
        assert_eq!(row.len(), columns.len(), "{row:?}");
        for (state, cell) in every().into_iter().zip(&row[1..]) {
            let expected = if *cell == "." { spell(state) } else { (*cell).to_owned() };
            assert_eq!(spell(next(state, event)), expected, "{state:?} {event:?}");
        }
    }
}

#[test]
fn an_attempt_hides_what_is_off_and_gives_it_back() {
    for off in OFF {
        let begun = next(off.into(), Event::AttemptBegan { expires: Moment(5) });
        assert_eq!(begun, authorizing(off));
        assert_eq!(next(begun, Event::AttemptsOver), off.into());
        let again = next(begun, Event::AttemptBegan { expires: Moment(6) });
        assert_eq!(again, State::Authorizing { expires: Moment(6), from: off });
    }
}

#[test]
fn an_attempt_never_disturbs_what_works() {
    for state in WORKING {
        assert_eq!(next(state, Event::AttemptBegan { expires: Moment(5) }), state);
        assert_eq!(next(state, Event::AttemptsOver), state);
    }
}

#[test]
fn connecting_always_leads_to_an_import() {
    for state in every() {
        assert_eq!(next(state, Event::Connected), State::Importing);
    }
}

#[test]
fn switching_off_is_final_from_everywhere() {
    for state in every() {
        let expected = match state {
            State::Available | State::Authorizing { from: Off::Available, .. } => State::Available,
            _ => State::Disconnected,
        };
        assert_eq!(next(state, Event::SwitchedOff), expected);
    }
}

#[test]
fn broken_never_says_connected() {
    for state in every() {
        let after = next(state, Event::SignInLost { reason: LOST });
        assert!(!works(after), "{state:?}");
        if !works(state) {
            assert_eq!(after, state);
        }
    }
}

#[test]
fn late_news_never_revives_what_is_off() {
    for state in every().into_iter().filter(|state| !works(*state)) {
        for event in events().into_iter().filter(|event| *event != Event::Connected) {
            assert!(!works(next(state, event)), "{state:?} {event:?}");
        }
    }
}

#[test]
fn the_first_import_ends_in_configuration() {
    for failed in [0, 1] {
        assert_eq!(next(State::Importing, Event::ImportEnded { failed }), State::NeedsConfiguration);
    }
    let event = Event::Configured { complete: true, problems: 0 };
    assert_eq!(next(State::Importing, event), State::Importing);
}

#[test]
fn the_configuration_decides_what_works() {
    let configured = |complete, problems| Event::Configured { complete, problems };
    for state in [State::NeedsConfiguration, State::Active, State::Attention { problems: 1 }] {
        assert_eq!(next(state, configured(false, 4)), State::NeedsConfiguration);
        assert_eq!(next(state, configured(true, 0)), State::Active);
        assert_eq!(next(state, configured(true, 4)), State::Attention { problems: 4 });
    }
    assert_eq!(next(State::Paused, configured(true, 0)), State::Paused);
}

#[test]
fn every_state_survives_the_store_and_the_switch_tells_the_truth() {
    for state in every() {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state, "{text}");
        let shown = ConnectionState::from(state);
        if works(state) {
            assert!(shown.is_on());
        }
    }
}
