//! Reading meshes: vertices, triangles with their properties, and the beams between vertices.

use std::collections::BTreeSet;

use glam::DVec3;

use super::model::{Beam, Lattice, Property, RawMesh};
use super::properties::OLD_COLORS;
use super::read::Reader;
use super::report::{Space, malformed};
use crate::ImportError;
use crate::formats::xml::{Event, index, number};

impl Reader<'_, '_> {
    pub(super) fn mesh(&mut self) -> Result<RawMesh, ImportError> {
        let mut mesh = RawMesh::default();
        while self.next()? == Event::Start {
            match (self.space(), self.xml.name()) {
                (Space::Core, b"vertices") => self.vertices(&mut mesh)?,
                (Space::Core, b"triangles") => self.triangles(&mut mesh)?,
                (Space::Beams, b"beamlattice") => {
                    self.report.uses(Space::Beams);
                    let lattice = self.lattice(&mesh)?;
                    mesh.lattice = Some(lattice);
                }
                _ => self.skip_unknown()?,
            }
        }
        Ok(mesh)
    }

    fn vertices(&mut self, mesh: &mut RawMesh) -> Result<(), ImportError> {
        if self.xml.raw_attributes().any(|(key, _)| key.contains(&b':')) {
            return Err(malformed(self.here(), "<vertices> takes no attributes of other namespaces"));
        }
        while self.next()? == Event::Start {
            if self.xml.name() != b"vertex" {
                self.skip_unknown()?;
                continue;
            }
            let mut point = [f64::NAN; 3];
            for (key, value) in self.xml.raw_attributes() {
                let axis = match key {
                    b"x" => 0,
                    b"y" => 1,
                    b"z" => 2,
                    _ => continue,
                };
                point[axis] = number(&value).unwrap_or(f64::NAN);
            }
            let point = DVec3::from_array(point) * self.scale;
            if !point.is_finite() {
                let what = "a <vertex> has to have three numbers x, y and z, with points as decimal marks";
                return Err(malformed(self.here(), what));
            }
            mesh.positions.push(point);
            self.end_of_leaf()?;
        }
        Ok(())
    }

    fn triangles(&mut self, mesh: &mut RawMesh) -> Result<(), ImportError> {
        let num_positions = mesh.positions.len();
        while self.next()? == Event::Start {
            if self.xml.name() != b"triangle" {
                self.skip_unknown()?;
                continue;
            }
            let at = self.xml.at();
            let Some((corners, property)) = self.triangle() else {
                return Err(malformed(self.here(), "a <triangle> has to have three indices v1, v2 and v3"));
            };
            self.end_of_leaf()?;
            if corners.iter().any(|&corner| corner as usize >= num_positions) {
                self.warn("index-out-of-range", at, || {
                    "A triangle names vertices that do not exist; it is left out. Export the file again."
                        .to_owned()
                });
                continue;
            }
            let [a, b, c] = corners;
            if a == b || b == c || c == a {
                self.warn("degenerate-triangle", at, || {
                    "A triangle has two equal corners and so no area; it is kept. Repair removes it."
                        .to_owned()
                });
            }
            if property.is_some() {
                mesh.properties.resize(mesh.triangles.len(), None);
                mesh.properties.push(property);
            }
            mesh.triangles.push(corners);
        }
        Ok(())
    }

    /// The corners and the property of a triangle; `None` when a corner is missing or no number.
    fn triangle(&self) -> Option<([u32; 3], Option<Property>)> {
        let mut corners = [None; 3];
        let (mut group, mut indices) = (None, [None; 3]);
        let mut old_colors = None;
        for (key, value) in self.xml.raw_attributes() {
            match key {
                b"v1" => corners[0] = index(&value),
                b"v2" => corners[1] = index(&value),
                b"v3" => corners[2] = index(&value),
                b"pid" | b"materialid" => group = index(&value),
                b"p1" => indices[0] = index(&value),
                b"p2" => indices[1] = index(&value),
                b"p3" => indices[2] = index(&value),
                b"colorid" => old_colors = Some(value),
                _ => {}
            }
        }
        let corners = [corners[0]?, corners[1]?, corners[2]?];
        let property = if let Some(ids) = old_colors {
            let mut ids = ids.split(|&byte| byte == b',').map(|id| self.old_color(index(id)));
            let first = ids.next()??;
            let [second, third] = [0, 1].map(|_corner| ids.next().flatten().unwrap_or(first));
            Some(Property { group: OLD_COLORS, indices: [first, second, third] })
        } else if group.is_some() || indices[0].is_some() {
            // Without a group the object's is meant, without a first index the group's first entry.
            let first = indices[0].unwrap_or(0);
            let indices = [first, indices[1].unwrap_or(first), indices[2].unwrap_or(first)];
            Some(Property { group: group.unwrap_or(0), indices })
        } else {
            None
        };
        Some((corners, property))
    }

    /// Passes over what little may be in an element that usually is empty.
    fn end_of_leaf(&mut self) -> Result<(), ImportError> {
        while self.next()? == Event::Start {
            self.skip_unknown()?;
        }
        Ok(())
    }

    fn lattice(&mut self, mesh: &RawMesh) -> Result<Lattice, ImportError> {
        let radius = self.length("radius").unwrap_or(0.0);
        let shortest = self.length("minlength").unwrap_or(0.0);
        let is_round = self.xml.attribute("cap").is_none_or(|cap| cap != "butt");
        let ball_mode = self.either_attribute("ballmode").unwrap_or_default();
        let ball_radius = self.either_attribute("ballradius").and_then(|text| number(text.as_bytes()));
        let ball_radius = ball_radius.map_or(radius, |radius| radius * self.scale);
        let is_clipped = ["clipping", "clippingmode"]
            .iter()
            .filter_map(|name| self.xml.attribute(name))
            .any(|mode| mode != "none");
        if is_clipped {
            self.report.approximates(Space::Beams);
            let at = self.xml.at();
            self.warn("lattice-not-clipped", at, || {
                "A beam lattice is to be cut at another mesh; it is shown whole.".to_owned()
            });
        }
        let mut lattice = Lattice::default();
        while self.next()? == Event::Start {
            let list = self.xml.name().to_vec();
            while list != b"beamsets" && self.next()? == Event::Start {
                match self.xml.name() {
                    b"beam" => {
                        let beam = self.beam(radius, is_round);
                        self.add_beam(beam, shortest, mesh, &mut lattice);
                    }
                    b"ball" => {
                        let vertex = self.xml.attribute("vindex").and_then(|text| index(text.as_bytes()));
                        let radius = self.length("r").unwrap_or(ball_radius);
                        if let Some(vertex) = vertex.filter(|&it| (it as usize) < mesh.positions.len()) {
                            lattice.balls.push((vertex, radius));
                        }
                    }
                    _ => {}
                }
                self.skip()?;
            }
            if list == b"beamsets" {
                self.skip()?;
            }
        }
        if ball_mode == "all" {
            let with_ball: BTreeSet<u32> = lattice.balls.iter().map(|&(vertex, _)| vertex).collect();
            let ends: BTreeSet<u32> = lattice.beams.iter().flat_map(|beam| beam.ends).collect();
            lattice.balls.extend(ends.difference(&with_ball).map(|&vertex| (vertex, ball_radius)));
        }
        Ok(lattice)
    }

    fn beam(&self, radius: f64, is_round: bool) -> Option<Beam> {
        let vertex = |name: &str| self.xml.attribute(name).and_then(|text| index(text.as_bytes()));
        let first = self.length("r1").unwrap_or(radius);
        let round = |name: &str| self.xml.attribute(name).map_or(is_round, |cap| cap != "butt");
        Some(Beam {
            ends: [vertex("v1")?, vertex("v2")?],
            radii: [first, self.length("r2").unwrap_or(first)],
            is_round: [round("cap1"), round("cap2")],
        })
    }

    fn add_beam(&mut self, beam: Option<Beam>, shortest: f64, mesh: &RawMesh, lattice: &mut Lattice) {
        let point = |vertex: u32| mesh.positions.get(vertex as usize).copied();
        let ends = beam.map(|beam| beam.ends.map(point));
        let (Some(beam), Some([Some(from), Some(to)])) = (beam, ends) else {
            let at = self.xml.at();
            self.warn("index-out-of-range", at, || {
                "A beam names vertices that do not exist; it is left out. Export the file again.".to_owned()
            });
            return;
        };
        let length = from.distance(to);
        if length > 0.0 && length >= shortest && beam.radii.iter().all(|&radius| radius > 0.0) {
            lattice.beams.push(beam);
        }
    }

    /// A length in millimetres.
    fn length(&self, name: &str) -> Option<f64> {
        let length = number(self.xml.attribute(name)?.as_bytes())?;
        Some(length * self.scale).filter(|length| length.is_finite())
    }

    /// An attribute with or without prefix: those of the balls have moved to a namespace of their own.
    fn either_attribute(&self, name: &str) -> Option<String> {
        self.xml.attribute(name).or_else(|| self.xml.attribute_in(|space| space == Space::Balls, name))
    }
}
