//! The text format of Prometheus 0.0.4: a HELP, a TYPE and the samples of each figure.

use std::fmt::Write as _;

use super::family::{BOUNDS, Counter, Family, Histogram};

/// A page that is being written.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// A figure without labels.
    pub(super) fn one(&mut self, (name, kind): (&str, &str), help: &str, value: i64) {
        self.head((name, kind), help);
        self.sample(name, &[], value);
    }

    /// A figure for each of these sets of labels.
    pub(super) fn several<'v>(
        &mut self,
        (name, kind): (&str, &str),
        help: &str,
        labels: &[&str],
        samples: impl IntoIterator<Item = (Vec<&'v str>, i64)>,
    ) {
        self.head((name, kind), help);
        for (values, sample) in samples {
            self.sample(name, &pairs(labels, &values), sample);
        }
    }

    pub(super) fn counters(&mut self, name: &str, help: &str, family: &Family<Counter>) {
        self.head((name, "counter"), help);
        for (values, counter) in family.all() {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            self.sample(name, &pairs(family.labels, &values), counter.get());
        }
    }

    pub(super) fn histograms(&mut self, name: &str, help: &str, family: &Family<Histogram>) {
        self.head((name, "histogram"), help);
        for (values, histogram) in family.all() {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            self.buckets(name, &pairs(family.labels, &values), &histogram);
        }
    }

    pub(super) fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.head((name, "histogram"), help);
        self.buckets(name, &[], histogram);
    }

    fn buckets(&mut self, name: &str, labels: &[(&str, &str)], histogram: &Histogram) {
        let (within, all, micros) = histogram.read();
        let bucket = format!("{name}_bucket");
        for (bound, count) in BOUNDS.iter().zip(within) {
            let bound = seconds(bound * 1000);
            self.sample(&bucket, &[labels, &[("le", bound.as_str())]].concat(), count);
        }
        self.sample(&bucket, &[labels, &[("le", "+Inf")]].concat(), all);
        self.sample(&format!("{name}_sum"), labels, seconds(micros));
        self.sample(&format!("{name}_count"), labels, all);
    }

    fn head(&mut self, (name, kind): (&str, &str), help: &str) {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> =
            labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        self.line(format_args!("{name}{labels} {value}\n"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing into a text cannot fail.
        let _ = self.0.write_fmt(line);
    }
}

fn pairs<'l>(labels: &[&'l str], values: &[&'l str]) -> Vec<(&'l str, &'l str)> {
    labels.iter().copied().zip(values.iter().copied()).collect()
}

/// Microseconds as seconds, exactly.
fn seconds(micros: u64) -> String {
    let text = format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn figures_are_written_as_prometheus_reads_them() {
        let mut text = Text::default();
        text.one(("patchbay_sockets", "gauge"), "Sockets that stand.", 2);
        let labels = ["state"];
        text.several(("a", "gauge"), "Of each.", &labels, [(vec!["x\"\\\n"], 3)]);
        assert_eq!(
            text.finish(),
            "# HELP patchbay_sockets Sockets that stand.\n# TYPE patchbay_sockets gauge\npatchbay_sockets 2\n\
             # HELP a Of each.\n# TYPE a gauge\na{state=\"x\\\"\\\\\\n\"} 3\n"
        );
    }

    #[test]
    fn a_histogram_is_buckets_sum_and_count() {
        let family = Family::<Histogram>::new(&["route"]);
        family.of(&["/socket"]).observe(Duration::from_micros(1500));
        let mut text = Text::default();
        text.histograms("t_seconds", "Time.", &family);
        let text = text.finish();
        for line in [
            "t_seconds_bucket{route=\"/socket\",le=\"0.001\"} 0",
            "t_seconds_bucket{route=\"/socket\",le=\"0.005\"} 1",
            "t_seconds_bucket{route=\"/socket\",le=\"30\"} 1",
            "t_seconds_bucket{route=\"/socket\",le=\"+Inf\"} 1",
            "t_seconds_sum{route=\"/socket\"} 0.0015",
            "t_seconds_count{route=\"/socket\"} 1",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} is not in {text}");
        }
    }
}
