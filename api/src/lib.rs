//! tillstream-api
