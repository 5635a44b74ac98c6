//! A QR code, and the forms in which it can be shown.

use qrcodegen::{QrCode, QrCodeEcc};

/// The longest text. Few phones can read the code of a longer text.
const LONGEST: usize = 800;
/// The standard requires a border of four light modules.
const QUIET: i32 = 4;

pub struct Code(QrCode);

impl Code {
    pub fn of(text: &str) -> Result<Code, String> {
        if text.len() > LONGEST {
            return Err(format!(
                "{} bytes are too many for one code: {LONGEST} at most.",
                text.len()
            ));
        }
        let code =
            QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|error| error.to_string())?;
        Ok(Code(code))
    }

    pub fn size(&self) -> i32 {
        self.0.size()
    }

    pub fn svg(&self, dark: &str, light: &str) -> String {
        let side = self.size() + 2 * QUIET;
        let mut path = String::new();
        for y in 0..self.size() {
            let mut x = 0;
            while x < self.size() {
                let run = (x..self.size())
                    .take_while(|&x| self.0.get_module(x, y))
                    .count() as i32;
                if run > 0 {
                    path += &format!("M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
                }
                x += run + 1;
            }
        }
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {side} {side}' shape-rendering='crispEdges' role='img' \
             aria-label='QR code'><rect width='100%' height='100%' fill='#{light}'/><path fill='#{dark}' d='{path}'/></svg>"
        )
    }

    /// Each line of text shows two rows of modules. The light modules are drawn, because terminals are dark.
    pub fn lines(&self) -> Vec<String> {
        let edge = self.size() + 2;
        let light = |x: i32, y: i32| y < edge && !self.0.get_module(x, y);
        let line = |y: i32| {
            let cells = (-2..edge).map(|x| match (light(x, y), light(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
            cells.chain(['\n']).collect()
        };
        (-2..edge).step_by(2).map(line).collect()
    }

    /// A string of 0 and 1 for each row.
    pub fn rows(&self) -> Vec<String> {
        let row = |y| {
            (0..self.size())
                .map(|x| if self.0.get_module(x, y) { '1' } else { '0' })
                .collect()
        };
        (0..self.size()).map(row).collect()
    }
}

/// The text that makes a phone offer to join a network.
pub fn wifi(ssid: &str, password: &str) -> String {
    let escaped = |text: &str| {
        let mut out = String::new();
        for letter in text.chars() {
            if r#"\;,:""#.contains(letter) {
                out.push('\\');
            }
            out.push(letter);
        }
        out
    };
    match password {
        "" => format!("WIFI:T:nopass;S:{};;", escaped(ssid)),
        _ => format!("WIFI:T:WPA;S:{};P:{};;", escaped(ssid), escaped(password)),
    }
}
