//! The interface as a person meets it: by the names of its controls, without a GPU.

mod ui {
    pub(crate) mod harness;

    mod layout;
    mod operations;
    mod palette;
    mod pictures;
    mod properties;
    mod regions;
    mod tree;
}
