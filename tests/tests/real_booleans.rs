//! Booleans of real parts: every pair gives a closed result with the right volume identities, or a clear refusal.

use std::path::Path;
use std::sync::Arc;

use geometry::boolean::{BooleanOp, BooleanOptions, Operand, boolean};
use geometry::{Mesh, Solid, Unwatched};
use glam::{DAffine3, DQuat, DVec3};
use jobs::JobOutput;

/// Larger ones take long in a build with little optimisation.
const MOST_TRIANGLES: usize = 8_000;

/// Both sides of an identity agree to this part of the larger operand's volume.
const ACCURACY: f64 = 1e-9;

/// A mesh that is closed and oriented.
fn closed_mesh(path: &Path) -> Option<Arc<Mesh>> {
    let Ok(JobOutput::Imported(model)) = tests::open(path) else { return None };
    let [part] = &model.parts[..] else { return None };
    let mesh = &part.part.surface;
    (mesh.check().is_solid() && mesh.triangles.len() <= MOST_TRIANGLES && part.facts.volume > 0.0)
        .then(|| Arc::clone(mesh))
}

fn volume_of(op: BooleanOp, operands: &[Operand], what: &str) -> f64 {
    let output = boolean(op, operands, &BooleanOptions::default(), &Unwatched)
        .unwrap_or_else(|error| panic!("{op:?} of {what}: {error}"));
    let check = output.mesh.check();
    assert!(check.is_closed() && check.is_manifold(), "{op:?} of {what} is not closed: {check:?}");
    output.mesh.properties().volume
}

#[test]
fn volumes_of_real_parts_add_up() {
    let Some(corpus) = tests::corpus() else { return };
    let mut tried = 0;
    for path in tests::files_below(&corpus.join("meshes-boolean")) {
        let Some(mesh) = closed_mesh(&path) else { continue };
        tried += 1;
        let what = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (low, high) = mesh.bounds().expect("it has triangles");
        let turn = DQuat::from_xyzw(0.1, 0.2, 0.3, 0.9).normalize();
        let about_its_middle = |turn: DQuat, shift: DVec3| {
            let middle = (low + high) * 0.5;
            DAffine3::from_translation(middle + shift)
                * DAffine3::from_quat(turn)
                * DAffine3::from_translation(-middle)
        };
        let solid = Solid::new(Arc::clone(&mesh), &Unwatched).expect("the mesh is well formed");
        let placements = [
            DAffine3::IDENTITY,
            about_its_middle(DQuat::IDENTITY, (high - low) * DVec3::new(0.25, 0.0, 0.0)),
            about_its_middle(turn, (high - low) * 0.125),
        ];
        for placement in placements {
            let operands = [Operand::new(solid.clone()), Operand::placed(solid.clone(), placement)];
            // What an operand counts for: real parts overlap themselves a little, which counts once.
            let [a, b] = [0, 1].map(|i| volume_of(BooleanOp::Union, &operands[i..=i], &what));
            let [union, difference, intersection] =
                [BooleanOp::Union, BooleanOp::Difference, BooleanOp::Intersection]
                    .map(|op| volume_of(op, &operands, &what));
            let near = |x: f64, y: f64| (x - y).abs() <= ACCURACY * a.max(b);
            assert!(near(a + b, union + intersection), "{what}: {a} + {b} != {union} + {intersection}");
            assert!(near(difference, a - intersection), "{what}: {difference} != {a} - {intersection}");
        }
    }
    println!("{tried} parts, 3 placements each");
    assert!(tried >= 8, "only {tried} parts of the corpus are closed");
}
