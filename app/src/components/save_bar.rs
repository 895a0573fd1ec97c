//! The bar that stays in sight while there are unsaved changes.
