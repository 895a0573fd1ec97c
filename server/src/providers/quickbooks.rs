//! QuickBooks Online: Intuit's Accounting API.
