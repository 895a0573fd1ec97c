//! Every state meets every event.

use super::*;

const LOST: ReconnectReason = ReconnectReason::Refused;
const OFF: [Off; 4] = [
    Off::Available,
    Off::Legacy { deadline: Some(Moment(9)) },
    Off::ReconnectRequired { reason: LOST },
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

fn authorizing(from: Off) -> State {
    State::Authorizing { expires: Moment(5), from }
}

fn every() -> Vec<State> {
    let off = OFF.into_iter().flat_map(|off| [State::from(off), authorizing(off)]);
    off.chain(WORKING).collect()
}

fn events() -> Vec<Event> {
    let configured = [(false, 0), (false, 3), (true, 0), (true, 3)];
    let configured = configured.map(|(complete, problems)| Event::Configured { complete, problems });
    let rest = [
        Event::AttemptBegan { expires: Moment(8) },
        Event::AttemptsOver,
        Event::Connected,
        Event::ImportEnded { failed: 0 },
        Event::ImportEnded { failed: 1 },
        Event::SignInLost { reason: LOST },
        Event::SwitchedOff,
    ];
    configured.into_iter().chain(rest).collect()
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
