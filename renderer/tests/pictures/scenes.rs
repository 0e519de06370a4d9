//! The scenes that pictures are kept of.

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::display::DisplayMesh;
use glam::{DAffine3, DVec3, Vec3};
use renderer::{
    AlphaMode, Camera, DrawMode, Grid, Highlight, Instance, MaterialKey, MeshKey, Projection, RenderMaterial,
    RenderScene, Sampling, TextureData, TextureKey, TextureUse, View,
};

use crate::meshes::{self, Meshes};

/// A scene with all that belongs to it.
pub(crate) struct Shot {
    pub(crate) name: &'static str,
    pub(crate) scene: RenderScene,
    pub(crate) meshes: Meshes,
    pub(crate) textures: BTreeMap<TextureKey, Arc<TextureData>>,
    pub(crate) view: View,
}

impl Shot {
    pub(crate) fn new(name: &'static str, eye: [f64; 3], target: [f64; 3], size_px: [u32; 2]) -> Self {
        let camera = Camera::look_at(
            DVec3::from(eye),
            DVec3::from(target),
            DVec3::Z,
            Projection::Perspective { fov_y_rad: 0.6 },
        );
        let mut view = View::new(camera, size_px);
        view.grid = Some(Grid { spacing: 10.0, color: [0.30, 0.32, 0.36, 0.30] });
        Self { name, scene: RenderScene::default(), meshes: Meshes::new(), textures: BTreeMap::new(), view }
    }

    pub(crate) fn mesh(&mut self, mesh: DisplayMesh) -> MeshKey {
        let key = MeshKey(self.meshes.len() as u128 + 1);
        self.meshes.insert(key, Arc::new(mesh));
        key
    }

    pub(crate) fn material(&mut self, material: RenderMaterial) -> MaterialKey {
        let key = MaterialKey(self.scene.materials.len() as u64 + 1);
        self.scene.materials.insert(key, material);
        key
    }

    pub(crate) fn place(&mut self, mesh: MeshKey, at: [f64; 3], materials: &[MaterialKey]) -> &mut Instance {
        self.scene.instances.push(Instance {
            coarse: None,
            id: self.scene.instances.len() as u32 + 1,
            mesh,
            world_from_mesh: DAffine3::from_translation(DVec3::from(at)),
            materials: materials.to_vec(),
            highlight: Highlight::None,
            ghost: None,
        });
        self.scene.instances.last_mut().expect("just pushed")
    }
}

pub(crate) fn colored(r: f32, g: f32, b: f32) -> RenderMaterial {
    RenderMaterial { base_color: [r, g, b, 1.0], ..RenderMaterial::default() }
}

/// Metallic grows upwards, roughness to the right.
pub(crate) fn spheres(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("spheres", [0.0, -150.0, 45.0], [0.0, 0.0, 26.0], size_px);
    let sphere = shot.mesh(meshes::sphere(9.0, false));
    for row in 0..3 {
        for column in 0..5 {
            let material = shot.material(RenderMaterial {
                base_color: if row == 2 { [1.0, 0.76, 0.34, 1.0] } else { [0.55, 0.10, 0.08, 1.0] },
                metallic: row as f32 * 0.5,
                roughness: column as f32 * 0.25,
                ..RenderMaterial::default()
            });
            let at = [column as f64 * 21.0 - 42.0, 0.0, 9.0 + row as f64 * 20.0];
            shot.place(sphere, at, &[material]);
        }
    }
    shot
}

pub(crate) fn part(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("part", [95.0, -130.0, 105.0], [0.0, 0.0, 8.0], size_px);
    let plate = shot.mesh(meshes::plate());
    shot.place(plate, [0.0; 3], &[]);
    shot
}

/// An assembly: the part, a red pin in its bore, and two blocks, one of them textured.
pub(crate) fn assembly(size_px: [u32; 2]) -> Shot {
    let mut shot = part(size_px);
    shot.name = "assembly";
    let steel = shot.material(RenderMaterial { metallic: 1.0, roughness: 0.28, ..colored(0.62, 0.63, 0.65) });
    let blue = shot.material(RenderMaterial { roughness: 0.35, ..colored(0.05, 0.16, 0.45) });
    let red = shot.material(RenderMaterial { roughness: 0.5, ..colored(0.55, 0.05, 0.04) });
    shot.scene.instances[0].materials = vec![blue];
    let ball = shot.mesh(meshes::sphere(9.0, false));
    shot.place(ball, [0.0, 0.0, 32.0], &[steel]);
    let block = shot.mesh(meshes::cuboid(Vec3::new(6.0, 6.0, 6.0)));
    shot.place(block, [62.0, -20.0, 6.0], &[red]);
    let checker = TextureKey(7);
    let pixel = |idx: usize| {
        if (idx % 8 / 4 + idx / 32).is_multiple_of(2) { [235, 235, 230, 255] } else { [40, 44, 52, 255] }
    };
    let rgba = (0..64).flat_map(pixel).collect();
    shot.textures.insert(checker, Arc::new(TextureData { width: 8, height: 8, rgba }));
    let used = TextureUse {
        texture: checker,
        uv_set: 0,
        sampling: Sampling { wrap: [0, 0], nearest: true },
        texture_from_uv: [[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]],
    };
    let textured = shot.material(RenderMaterial { base_color_texture: Some(used), ..colored(1.0, 1.0, 1.0) });
    let crate_mesh = shot.mesh(meshes::cuboid(Vec3::new(9.0, 9.0, 9.0)));
    shot.place(crate_mesh, [-62.0, -26.0, 9.0], &[textured]).world_from_mesh *=
        DAffine3::from_rotation_z(0.4);
    shot
}

/// Three panes before a ball, and a see-through ball.
pub(crate) fn transparent(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("transparent", [60.0, -110.0, 60.0], [0.0, 0.0, 14.0], size_px);
    let ball = shot.mesh(meshes::sphere(12.0, true));
    let white = shot.material(colored(1.0, 1.0, 1.0));
    shot.place(ball, [0.0, 16.0, 12.0], &[white]);
    let pane = shot.mesh(meshes::cuboid(Vec3::new(18.0, 0.6, 16.0)));
    for (idx, color) in [[0.9, 0.15, 0.1], [0.1, 0.6, 0.2], [0.1, 0.25, 0.9]].into_iter().enumerate() {
        let material = shot.material(RenderMaterial {
            base_color: [color[0], color[1], color[2], 0.4],
            alpha_mode: AlphaMode::Blend,
            roughness: 0.1,
            ..RenderMaterial::default()
        });
        shot.place(pane, [idx as f64 * 9.0 - 14.0, -2.0 - idx as f64 * 12.0, 16.0], &[material]);
    }
    shot
}

/// Hovered, selected behind other parts, and a ghost.
pub(crate) fn highlights(size_px: [u32; 2]) -> Shot {
    let mut shot = assembly(size_px);
    shot.name = "highlights";
    shot.scene.instances[1].highlight = Highlight::Hovered;
    shot.scene.instances[2].highlight = Highlight::Selected;
    let rod = shot.mesh(meshes::cuboid(Vec3::new(50.0, 4.0, 4.0)));
    shot.place(rod, [0.0, 10.0, 5.0], &[]).highlight = Highlight::Selected;
    let tool = shot.mesh(meshes::sphere(16.0, false));
    shot.place(tool, [-40.0, -30.0, 8.0], &[]).ghost = Some([0.9, 0.25, 0.1, 0.45]);
    shot
}

pub(crate) fn in_mode(size_px: [u32; 2], name: &'static str, mode: DrawMode) -> Shot {
    let mut shot = assembly(size_px);
    shot.name = name;
    shot.view.mode = mode;
    shot
}

pub(crate) fn orthographic(size_px: [u32; 2]) -> Shot {
    let mut shot = part(size_px);
    shot.name = "orthographic";
    shot.view.camera.projection = Projection::Orthographic { height: 110.0 };
    shot
}

pub(crate) fn points_and_lines(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("points_and_lines", [30.0, -50.0, 30.0], [0.0, 0.0, 10.0], size_px);
    let mesh = shot.mesh(meshes::points_and_lines());
    shot.place(mesh, [0.0; 3], &[]);
    shot
}

/// An open box seen into: the inside of single-sided faces is plain and dark, and double-sided ones are lit.
pub(crate) fn open_boxes(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("open_boxes", [20.0, -60.0, 50.0], [0.0, 0.0, 6.0], size_px);
    let mut mesh = meshes::cuboid(Vec3::splat(8.0));
    // Without its top, which is the fifth face of six.
    mesh.indices.drain(24..30);
    mesh.groups[0].num_indices = 30;
    let mesh = shot.mesh(mesh);
    let single = shot.material(colored(0.2, 0.5, 0.25));
    let double = shot.material(RenderMaterial { double_sided: true, ..colored(0.2, 0.5, 0.25) });
    shot.place(mesh, [-11.0, 0.0, 8.0], &[single]);
    // Mirrored: still outside out.
    shot.place(mesh, [11.0, 0.0, 8.0], &[double]).world_from_mesh *=
        DAffine3::from_scale(DVec3::new(-1.0, 1.0, 1.0));
    shot
}

/// `shot` with everything, camera included, somewhere else; the offset is in the meshes' origins.
pub(crate) fn moved(mut shot: Shot, offset: DVec3) -> Shot {
    for mesh in shot.meshes.values_mut() {
        *mesh = Arc::new(meshes::moved(mesh, offset));
    }
    for instance in &mut shot.scene.instances {
        // The mesh moves in its own space, so the turn of an instance must not move it again.
        let matrix = instance.world_from_mesh.matrix3;
        instance.world_from_mesh.translation += offset - matrix * offset;
    }
    shot.view.camera.world_from_view.translation += offset;
    shot.view.camera.target_in_world += offset;
    shot
}

/// `count` by `count` boxes of two colours.
pub(crate) fn boxes(size_px: [u32; 2], count: usize) -> Shot {
    let mut shot = Shot::new("boxes", [0.0, -900.0, 700.0], [0.0; 3], size_px);
    let mesh = shot.mesh(meshes::cuboid(Vec3::splat(2.0)));
    let materials = [colored(0.5, 0.1, 0.1), colored(0.1, 0.3, 0.5)].map(|material| shot.material(material));
    for idx in 0..count * count {
        let at = [idx % count, idx / count].map(|cell| (cell as f64 - 0.5 * count as f64) * 6.0);
        shot.place(mesh, [at[0], at[1], 2.0], &materials[idx % 2..=idx % 2]);
    }
    shot
}
