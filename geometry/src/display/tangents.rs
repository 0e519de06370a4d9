//! Tangents from texture coordinates, for meshes that bring none.
//!
//! Made like those of MikkTSpace (Morten Mikkelsen, “Simulation of Wrinkled Surfaces Revisited”, 2008), which normal maps
//! are usually baked with: each triangle's direction of growing u, projected onto the plane of the corner's normal,
//! weighted by the corner's angle and summed over the triangles around that share position, normal, texture coordinates
//! and handedness. Differs where such triangles are not connected by edges, which it sums all the same.

use glam::{DVec3, Vec2, Vec3};

use super::normals::{Faces, STEP, SmoothGroups};
use super::vertices::{Attributes, normal_of_corner};
use crate::progress::{Cancelled, Progress};

/// The tangent of each corner.
pub(super) struct CornerTangents {
    /// Corners with equal numbers share a tangent.
    pub(super) group_of_corner: Vec<u32>,
    /// Sum of the weighted tangents of each group and the sign of its bitangent.
    groups: Vec<(Vec3, f32)>,
}

impl CornerTangents {
    pub(super) fn new(
        attributes: &Attributes<'_>,
        positions: &[DVec3],
        triangles: &[[u32; 3]],
        faces: &Faces,
        smooth: &SmoothGroups,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        const NONE: u32 = u32::MAX;
        let mut tangents =
            Self { group_of_corner: Vec::with_capacity(triangles.len() * 3), groups: Vec::new() };
        let mut keys: Vec<(Vec3, [f32; 2], bool)> = Vec::new();
        let mut next_of_group: Vec<u32> = Vec::new();
        let mut first_of_position = vec![NONE; positions.len()];
        for (number, &triangle) in triangles.iter().enumerate() {
            if number.is_multiple_of(STEP) {
                progress.report(number as f64 / triangles.len() as f64)?;
            }
            let uvs = [0, 1, 2].map(|place| attributes.uv_at(0, number * 3 + place).unwrap_or_default());
            let corners = triangle.map(|index| positions[index as usize]);
            let (along_u, is_mirrored) = direction_of_u(corners, uvs);
            for place in 0..3 {
                let corner = number * 3 + place;
                let normal = normal_of_corner(attributes, smooth, corner);
                let projected = (along_u - normal * normal.dot(along_u)).normalize_or_zero();
                let key = (normal, uvs[place], is_mirrored);
                let first = &mut first_of_position[triangle[place] as usize];
                let mut group = *first;
                while group != NONE && keys[group as usize] != key {
                    group = next_of_group[group as usize];
                }
                if group == NONE {
                    group = tangents.groups.len() as u32;
                    keys.push(key);
                    tangents.groups.push((Vec3::ZERO, if is_mirrored { -1.0 } else { 1.0 }));
                    next_of_group.push(*first);
                    *first = group;
                }
                tangents.groups[group as usize].0 += projected * faces.angles[number][place];
                tangents.group_of_corner.push(group);
            }
        }
        Ok(tangents)
    }

    /// The unit tangent at a corner, any direction across `normal` where the texture has none, and the bitangent's sign.
    pub(super) fn at(&self, corner: usize, normal: Vec3) -> (Vec3, f32) {
        let (sum, sign) = self.groups[self.group_of_corner[corner] as usize];
        let tangent = sum.try_normalize().unwrap_or_else(|| {
            normal.try_normalize().map_or(Vec3::X, |normal| normal.any_orthonormal_vector())
        });
        (tangent, sign)
    }
}

/// The unit direction in which u grows on a triangle, zero where the texture has no area, and whether the texture is
/// mirrored there. Texture coordinates have their origin at the upper left, so v grows downward.
fn direction_of_u([a, b, c]: [DVec3; 3], uvs: [[f32; 2]; 3]) -> (Vec3, bool) {
    let [uv_a, uv_b, uv_c] = uvs.map(|[u, v]| Vec2::new(u, -v).as_dvec2());
    let (uv_ab, uv_ac) = (uv_b - uv_a, uv_c - uv_a);
    let area = uv_ab.perp_dot(uv_ac);
    let is_mirrored = area < 0.0;
    let along = ((b - a) * uv_ac.y - (c - a) * uv_ab.y) * if is_mirrored { -1.0 } else { 1.0 };
    let largest = along.abs().max_element();
    if area == 0.0 || !(largest > 0.0 && largest.is_finite()) {
        return (Vec3::ZERO, is_mirrored);
    }
    ((along / largest).normalize_or_zero().as_vec3(), is_mirrored)
}
