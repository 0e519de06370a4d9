//! Flat drawings as files: SVG to look at and to cut with, DXF for CAD programs.

use std::fmt::Write as _;

use glam::DVec2;

/// Lines in a plane, millimetres, Y up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// Contours that enclose an area: outer ones counter-clockwise, holes clockwise.
    pub contours: Vec<Vec<DVec2>>,
    /// Lines that do not close.
    pub open: Vec<Vec<DVec2>>,
}

/// Room around what an SVG shows, as a share of its longer side.
const MARGIN: f64 = 0.02;

impl Drawing {
    /// An SVG 1.1 document at true size (its units are millimetres), with the area filled.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let [low, high] = self.bounds().unwrap_or_default();
        let size = high - low;
        let margin = size.max_element().max(1e-3) * MARGIN;
        let (width, height) = (size.x + 2.0 * margin, size.y + 2.0 * margin);
        // SVG has Y down.
        let place = |point: &DVec2| DVec2::new(point.x - low.x + margin, high.y - point.y + margin);
        let path = |lines: &[Vec<DVec2>], end: &str| {
            let mut path = String::new();
            for line in lines {
                for (number, point) in line.iter().map(place).enumerate() {
                    _ = write!(path, "{}{} {}", if number == 0 { "M" } else { "L" }, point.x, point.y);
                }
                path.push_str(end);
            }
            path
        };
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" \
             viewBox=\"0 0 {width} {height}\">\n"
        );
        let thin = margin * 0.1;
        if !self.contours.is_empty() {
            _ = writeln!(
                svg,
                "<path fill=\"#c9d6e8\" fill-rule=\"evenodd\" stroke=\"#1b1e24\" stroke-width=\"{thin}\" \
                 stroke-linejoin=\"round\" d=\"{}\"/>",
                path(&self.contours, "Z")
            );
        }
        if !self.open.is_empty() {
            _ = writeln!(
                svg,
                "<path fill=\"none\" stroke=\"#d0342c\" stroke-width=\"{thin}\" stroke-linejoin=\"round\" d=\"{}\"/>",
                path(&self.open, "")
            );
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// A DXF document of AutoCAD release 12, which every CAD program reads: one polyline per contour on layer `SECTION`,
    /// lines that do not close on layer `OPEN`. Lengths are millimetres.
    #[must_use]
    pub fn to_dxf(&self) -> String {
        let mut dxf = String::from("0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1009\n9\n$INSUNITS\n70\n4\n");
        if let Some([low, high]) = self.bounds() {
            for (name, corner) in [("$EXTMIN", low), ("$EXTMAX", high)] {
                _ = write!(dxf, "9\n{name}\n10\n{:?}\n20\n{:?}\n30\n0.0\n", corner.x, corner.y);
            }
        }
        dxf.push_str("0\nENDSEC\n0\nSECTION\n2\nENTITIES\n");
        for (lines, layer, closed) in [(&self.contours, "SECTION", 1), (&self.open, "OPEN", 0)] {
            for line in lines {
                _ = write!(dxf, "0\nPOLYLINE\n8\n{layer}\n66\n1\n10\n0.0\n20\n0.0\n30\n0.0\n70\n{closed}\n");
                for point in line {
                    _ = write!(dxf, "0\nVERTEX\n8\n{layer}\n10\n{:?}\n20\n{:?}\n30\n0.0\n", point.x, point.y);
                }
                _ = write!(dxf, "0\nSEQEND\n8\n{layer}\n");
            }
        }
        dxf.push_str("0\nENDSEC\n0\nEOF\n");
        dxf
    }

    fn bounds(&self) -> Option<[DVec2; 2]> {
        let mut points = self.contours.iter().chain(&self.open).flatten();
        let first = *points.next()?;
        Some(points.fold([first; 2], |[low, high], &point| [low.min(point), high.max(point)]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing() -> Drawing {
        let rectangle = |low: f64, high: f64| {
            [(low, low), (high, low), (high, high), (low, high)].map(DVec2::from).to_vec()
        };
        let hole: Vec<DVec2> = rectangle(4.0, 6.0).into_iter().rev().collect();
        Drawing { contours: vec![rectangle(0.0, 10.0), hole], open: vec![rectangle(1.0, 2.0)[..2].to_vec()] }
    }

    #[test]
    fn an_svg_has_true_size_and_y_down() {
        let svg = drawing().to_svg();
        assert!(svg.contains("width=\"10.4mm\" height=\"10.4mm\" viewBox=\"0 0 10.4 10.4\""), "{svg}");
        assert!(svg.contains("d=\"M0.2 10.2L10.2 10.2L10.2 0.2"), "{svg}");
        assert_eq!(svg.matches('Z').count(), 2);
        assert_eq!(svg.matches("<path").count(), 2);
    }

    #[test]
    fn a_dxf_has_pairs_of_codes_and_values_and_a_polyline_per_line() {
        let dxf = drawing().to_dxf();
        let lines: Vec<&str> = dxf.lines().collect();
        let pairs: Vec<(i32, &str)> =
            lines.chunks(2).map(|pair| (pair[0].parse().expect("a group code"), pair[1])).collect();
        let count = |kind: &str| pairs.iter().filter(|pair| **pair == (0, kind)).count();
        assert_eq!([count("POLYLINE"), count("VERTEX"), count("SEQEND"), count("EOF")], [3, 10, 3, 1]);
        assert_eq!(pairs.iter().filter(|pair| **pair == (8, "OPEN")).count(), 4);
    }

    #[test]
    fn nothing_is_drawn_as_an_empty_document() {
        assert!(
            Drawing::default().to_svg().contains("<svg") && Drawing::default().to_dxf().ends_with("EOF\n")
        );
    }
}
