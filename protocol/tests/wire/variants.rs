//! Names of the message variants. A new variant does not compile here until it is named, and does
//! not pass until it has a sample.

use protocol::message::{Answer, ClientMessage, Intent, ServerMessage};

macro_rules! names {
    ($kind:ty, $of:ident, $all:ident, $($pattern:pat => $name:literal,)*) => {
        fn $of(value: &$kind) -> &'static str {
            match value { $($pattern => $name,)* }
        }
        const $all: &[&str] = &[$($name,)*];
    };
}

names!(Intent, intent, INTENTS,
    Intent::PrepareConnect { .. } => "PrepareConnect",
    Intent::CancelConnect { .. } => "CancelConnect",
    Intent::DecideCompany { .. } => "DecideCompany",
    Intent::Disconnect { .. } => "Disconnect",
    Intent::StartImport { .. } => "StartImport",
    Intent::CancelImport { .. } => "CancelImport",
    Intent::RetryImport { .. } => "RetryImport",
    Intent::OpenConfiguration { .. } => "OpenConfiguration",
    Intent::KeepDraft { .. } => "KeepDraft",
    Intent::SaveConfiguration { .. } => "SaveConfiguration",
    Intent::ReadRecords { .. } => "ReadRecords",
    Intent::ReadMappings { .. } => "ReadMappings",
    Intent::MarkRead { .. } => "MarkRead",
    Intent::ReadActivity { .. } => "ReadActivity",
    Intent::MarkOneRead { .. } => "MarkOneRead",
    Intent::ReadAudit { .. } => "ReadAudit",
    Intent::ExportAudit { .. } => "ExportAudit",
    Intent::Pause { .. } => "Pause",
    Intent::Resume { .. } => "Resume",
    Intent::Uninstall { .. } => "Uninstall",
    Intent::TestConnection { .. } => "TestConnection",
    Intent::ExportConfiguration { .. } => "ExportConfiguration",
);

names!(Answer, answer, ANSWERS,
    Answer::Nothing => "Nothing",
    Answer::Ticket(_) => "Ticket",
    Answer::Import(_) => "Import",
    Answer::Configuration(_) => "Configuration",
    Answer::Saved(_) => "Saved",
    Answer::Conflict(_) => "Conflict",
    Answer::Records(_) => "Records",
    Answer::Mappings(_) => "Mappings",
    Answer::Activity(_) => "Activity",
    Answer::Audit(_) => "Audit",
    Answer::AuditCsv(_) => "AuditCsv",
    Answer::Tested(_) => "Tested",
    Answer::Exported { .. } => "Exported",
);

names!(ServerMessage, outer, OUTER,
    ServerMessage::Welcome(_) => "Welcome",
    ServerMessage::OtherBuild { .. } => "OtherBuild",
    ServerMessage::Done(_) => "Done",
    ServerMessage::Failed(_) => "Failed",
    ServerMessage::Connection(_) => "Connection",
    ServerMessage::Import(_) => "Import",
    ServerMessage::Notification(_) => "Notification",
    ServerMessage::Unread { .. } => "Unread",
    ServerMessage::SessionEnded => "SessionEnded",
    ServerMessage::Session(_) => "Session",
);

/// The name of what the store says.
pub(crate) fn client(message: &ClientMessage) -> String {
    match message {
        ClientMessage::Hello(_) => "Hello".to_owned(),
        ClientMessage::Intent(wish) => format!("Intent {}", intent(wish)),
        ClientMessage::Renew { .. } => "Renew".to_owned(),
    }
}

/// The name of what the proxy says.
pub(crate) fn server(message: &ServerMessage) -> String {
    match message {
        ServerMessage::Done(brought) => format!("Done {}", answer(brought)),
        other => outer(other).to_owned(),
    }
}

/// Every name that `client` gives.
pub(crate) fn client_names() -> Vec<String> {
    let intents = INTENTS.iter().map(|name| format!("Intent {name}"));
    ["Hello".to_owned(), "Renew".to_owned()].into_iter().chain(intents).collect()
}

/// Every name that `server` gives.
pub(crate) fn server_names() -> Vec<String> {
    let others = OUTER.iter().filter(|name| **name != "Done");
    let answers = ANSWERS.iter().map(|name| format!("Done {name}"));
    others.map(ToString::to_string).chain(answers).collect()
}
