//! Mapping rows with the choices of a draft laid over them.
