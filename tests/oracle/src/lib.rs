//! Nothing: this crate only has tests, which compare our booleans with those of another kernel.
