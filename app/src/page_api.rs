//! What the page's script can ask of the app and hear from it (`window.kerf`), and how tests watch it.

use serde_json::{Value, json};

use document::{Content, NodeId};

use crate::command::{self, Command};
use crate::notify::Level;
use crate::parts::NodeStatus;
use crate::platform::{Arrival, Platform, ReplyId};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::view_state::WantedPicture;
use crate::viewport::{Shown, Taken, ViewportPanel};

/// Answers the page's script.
#[derive(Default)]
pub struct PageApi {
    /// Opened for the script, to be answered when all of it is shown or failed.
    opening: Vec<ReplyId>,
    answers: Vec<(ReplyId, Result<Value, String>)>,
    said: u64,
    is_interactive: bool,
    published_secs: f64,
}

/// The state as the script sees it is made at most this often, and whenever the script gets an answer.
const PUBLISH_EVERY_SECS: f64 = 0.1;

impl PageApi {
    /// Takes what came from outside.
    pub fn take(&mut self, arrival: Arrival, state: &mut State) {
        match arrival {
            Arrival::Open { files, reply } => {
                state.apply(Command::OpenFiles(files));
                self.opening.extend(reply);
            }
            Arrival::Command { id, args, reply } => {
                let answer = run(&id, &args, state);
                self.answers.push((reply, answer));
            }
            Arrival::Screenshot { options, reply } => match Snapshot::from_json(&options) {
                Ok(snapshot) => {
                    state.view.pictures.push_back(WantedPicture { snapshot, reply: Some(reply) });
                }
                Err(reason) => self.answers.push((reply, Err(reason))),
            },
            Arrival::Saved { .. }
            | Arrival::Stored { .. }
            | Arrival::StoredKeys(_)
            | Arrival::StoreFailed { .. } => {}
        }
    }

    /// Tells the page what it asked for and what happened. Once per frame, after the state is up to date.
    pub fn publish(&mut self, state: &mut State, platform: &Platform) {
        if !state.is_opening() {
            for reply in self.opening.drain(..) {
                self.answers.push((reply, Ok(json!({ "nodes": state.document().num_nodes() }))));
            }
        }
        // Whoever gets an answer looks at the state next.
        let wait_secs = self.published_secs + PUBLISH_EVERY_SECS - state.now_secs;
        if wait_secs > 0.0 && self.answers.is_empty() {
            state.wake_after(wait_secs);
        } else {
            self.published_secs = state.now_secs;
            platform.publish_state(|| state_json(state).to_string());
        }
        for (reply, answer) in self.answers.drain(..) {
            platform.reply(reply, answer);
        }
        for notification in state.notifications.all.iter().filter(|known| known.number > self.said) {
            let event = if notification.level == Level::Error { "error" } else { "notice" };
            platform.emit(event, &json!({ "title": notification.title, "details": notification.details }));
        }
        self.said = state.notifications.all.last().map_or(self.said, |last| last.number);
        for event in state.take_job_news() {
            platform.emit("job", &event);
        }
    }

    /// After the frame was drawn: marks for measurements, and pictures.
    pub fn frame_finished(&mut self, viewport: &mut ViewportPanel, state: &mut State, platform: &Platform) {
        if !self.is_interactive {
            self.is_interactive = true;
            platform.mark("kerf:interactive");
        }
        for shown in viewport.take_finished_models() {
            platform.mark("kerf:model-visible");
            if let Shown::Model(name) = shown {
                platform.emit("loaded", &json!({ "name": name }));
            }
        }
        for Taken { reply, png } in viewport.take_pictures() {
            match (reply, png) {
                (Some(reply), Ok(png)) => platform.reply_bytes(reply, "image/png", &png),
                (Some(reply), Err(reason)) => platform.reply(reply, Err(reason)),
                (None, Ok(png)) => {
                    let name = format!("{}.png", state.project_name());
                    state.write_file(None, name, png, crate::effect::SavedKind::Export);
                }
                (None, Err(reason)) => {
                    state.notify(Level::Error, "There is no picture of the view", vec![reason]);
                }
            }
        }
    }
}

/// Calls a command of the table, or one of those that take arguments.
fn run(id: &str, args: &Value, state: &mut State) -> Result<Value, String> {
    let ids = |name: &str| -> Vec<NodeId> {
        let list = args.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(Value::as_u64).filter_map(|id| u32::try_from(id).ok()).map(NodeId).collect()
    };
    if id == "select" {
        state.apply(Command::Select(ids("nodes")));
        return Ok(json!({ "selected": state.view.selection.len() }));
    }
    let info = command::table()
        .into_iter()
        .find(|info| info.id == id)
        .ok_or_else(|| format!("there is no command “{id}”; see the list in EMBED.md"))?;
    command::enabled(&info.command, state).map_err(str::to_owned)?;
    state.apply(info.command);
    Ok(Value::Null)
}

/// The planes that cut, and what is known of the section along the active one.
fn sections_json(state: &State) -> Value {
    let sections = &state.view.sections;
    let active = sections.active().map(|(number, _)| number);
    let measured = state.measured.section();
    let planes = sections.planes().into_iter().enumerate().map(|(number, plane)| {
        let is_active = active == Some(number);
        let measured = measured.filter(|_| is_active).map(|section| {
            json!({
                "area": section.area,
                "perimeter": section.perimeter,
                "contours": section.contours.len(),
                "open": section.open.len(),
            })
        });
        json!({
            "normal": plane.normal.to_array(),
            "offset": plane.offset,
            "active": is_active,
            "measured": measured,
        })
    });
    planes.collect()
}

/// The state as the script sees it. Names are part of the page's contract.
#[must_use]
pub fn state_json(state: &State) -> Value {
    let document = state.document();
    let nodes: Vec<Value> = document
        .nodes()
        .take(1000)
        .map(|(id, node)| {
            let kind = match &node.content {
                Content::Group => "group",
                Content::Part(_) => "part",
                Content::Primitive(_) => "primitive",
                Content::Operation(operation) => operation.kind(),
            };
            let status = match state.parts.status(document, id) {
                NodeStatus::Ready => "ready",
                NodeStatus::Working => "working",
                NodeStatus::Failed(_) => "failed",
            };
            let facts = state.parts.shown(document, id).map(|part| {
                json!({
                    "triangles": part.facts.num_triangles,
                    "volume": part.facts.volume,
                    "area": part.facts.area,
                    "closed": part.facts.closed,
                    "hash": part.hash,
                })
            });
            json!({
                "id": id,
                "name": node.name,
                "kind": kind,
                "status": status,
                "parent": node.parent,
                "children": node.children,
                "visible": node.visible,
                "shown": state.is_shown(id),
                "facts": facts,
            })
        })
        .collect();
    let jobs: Vec<Value> = state
        .jobs
        .jobs()
        .map(
            |job| json!({ "id": job.id.0, "label": job.label, "phase": job.phase, "fraction": job.fraction }),
        )
        .collect();
    json!({
        "name": state.project_name(),
        "dirty": state.is_dirty(),
        "num_nodes": document.num_nodes(),
        "nodes": nodes,
        "roots": document.roots(),
        "selection": state.view.selection,
        "undo": state.history.undo_label(),
        "redo": state.history.redo_label(),
        "jobs": jobs,
        "camera": state.view.camera.to_json(),
        "sections": sections_json(state),
        "notifications": state.notifications.all.iter().rev().take(20).map(|known| json!({
            "level": format!("{:?}", known.level).to_lowercase(),
            "title": known.title,
            "details": known.details,
        })).collect::<Vec<_>>(),
    })
}
