//! Messages to the user that need no answer.

use crate::command::Command;
use crate::modifiers::Modifier;

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Notification {
    /// Rises by one with every message.
    pub number: u64,
    /// How bad it is.
    pub level: Level,
    /// The message in one line.
    pub title: String,
    /// More lines, each a sentence; may be empty.
    pub details: Vec<String>,
    /// When it came, in seconds since the app started.
    pub time_secs: f64,
    /// Whether the user closed it; it stays in the log.
    pub closed: bool,
    /// What a button on it does, where something helps.
    pub remedy: Option<Remedy>,
}

/// What helps against what a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Remedy {
    /// Open the files with fewer triangles.
    OpenCoarser(Vec<jobs::FileRef>),
    /// Put repairs over parts that are not closed.
    Repair(Vec<document::NodeId>),
}

impl Remedy {
    /// What the button says.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::OpenCoarser(_) => "Open coarser",
            Self::Repair(_) => "Repair",
        }
    }

    /// What the button does.
    #[must_use]
    pub fn command(&self) -> Command {
        match self {
            Self::OpenCoarser(files) => Command::OpenCoarser(files.clone()),
            Self::Repair(parts) => Command::ModifyNodes(Modifier::Repair, parts.clone()),
        }
    }
}

/// How bad a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something was done differently than asked.
    Warning,
    /// Something was not done.
    Error,
}

/// All messages since the app started, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Notifications {
    /// The messages.
    pub all: Vec<Notification>,
}

impl Notifications {
    const MOST: usize = 200;

    /// Adds a message.
    pub fn push(&mut self, level: Level, title: impl Into<String>, details: Vec<String>, time_secs: f64) {
        let number = self.all.last().map_or(1, |last| last.number + 1);
        let title = title.into();
        match level {
            Level::Info => log::info!("{title}"),
            Level::Warning => log::warn!("{title} {details:?}"),
            Level::Error => log::error!("{title} {details:?}"),
        }
        self.all.push(Notification { number, level, title, details, time_secs, closed: false, remedy: None });
        if self.all.len() > Self::MOST {
            self.all.remove(0);
        }
    }
}
