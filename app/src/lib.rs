//! The app: document, commands, panels.
