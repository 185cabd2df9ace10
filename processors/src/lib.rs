//! tillstream-processors
