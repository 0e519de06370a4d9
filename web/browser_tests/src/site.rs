//! The built site and the sample files, served as a stranger's server would.

use std::path::PathBuf;

use xtask::server::{Mount, Server};

use crate::Backend;

/// A server of the built site under a path that is not the root, and of sample files under `/models/`.
pub struct Site {
    server: Server,
    /// Files that tests bring along; `/models/` serves them too.
    pub models: PathBuf,
}

impl Site {
    /// Serves the site named by `KERF_SITE_DIR`; tells why not and gives nothing where it is not set.
    ///
    /// # Panics
    /// When there is no port left.
    #[must_use]
    pub fn open() -> Option<Self> {
        let Some(dir) = std::env::var_os("KERF_SITE_DIR").map(PathBuf::from) else {
            eprintln!("skipped: KERF_SITE_DIR does not name a built site; `cargo xtask test` builds one");
            return None;
        };
        let models = std::env::temp_dir().join(format!("kerf-browser-tests-{}", std::process::id()));
        std::fs::create_dir_all(&models).expect("the folder for temporary files can be written");
        let mounts = vec![Mount::new("/models/", models.clone()), Mount::new("/some/path/", dir)];
        let server = Server::start(0, mounts).expect("a free port");
        Some(Self { server, models })
    }

    /// The page's address with a backend forced; `query` is appended, such as `&model=…`.
    #[must_use]
    pub fn url(&self, backend: Backend, query: &str) -> String {
        format!("{}some/path/?renderer={}{query}", self.server.url(), backend.name())
    }

    /// The address of a sample file.
    #[must_use]
    pub fn model_url(&self, name: &str) -> String {
        format!("{}models/{name}", self.server.url())
    }
}
