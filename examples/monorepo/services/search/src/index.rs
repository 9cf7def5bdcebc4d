/// Titles in memory.
pub struct Index(Vec<&'static str>);

impl Index {
    pub fn sample() -> Self {
        Self(vec!["kokoro", "kusamakura", "sanshiro"])
    }

    pub fn find(&self, query: &str) -> Vec<&'static str> {
        self.0.iter().copied().filter(|title| title.contains(query)).collect()
    }
}
