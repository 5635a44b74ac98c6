//! The environment variables of one call. They stay in the memory of C++ until the guest asks for them.

pub trait Variables: Send {
    fn all(&self) -> Vec<(String, String)>;
    fn get(&self, name: &str) -> Option<String>;
}
