//! The tree against brute force.

use std::ops::ControlFlow;

use glam::{DAffine3, DVec3};
use proptest::prelude::*;

use super::*;

/// Coordinates on a coarse grid, so that boxes touch and coincide, and some anywhere.
fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![4 => (-6_i32..6).prop_map(f64::from), 2 => -6.0..6.0, 1 => Just(1e7)]
}

fn point() -> impl Strategy<Value = DVec3> {
    [coordinate(), coordinate(), coordinate()].prop_map(DVec3::from_array)
}

fn soup(max: usize) -> impl Strategy<Value = Mesh> {
    prop::collection::vec(
        (point(), [-1.0..1.0, -1.0..1.0, -1.0..1.0], [-1_i8..2, -1_i8..2, -1_i8..2]),
        0..max,
    )
    .prop_map(|triangles| {
        let mut positions = Vec::new();
        for (corner, edge, other) in triangles {
            positions.push(corner);
            positions.push(corner + DVec3::from_array(edge));
            positions.push(corner + DVec3::from_array(other.map(f64::from)));
        }
        let triangles = (0..positions.len() as u32 / 3).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
        Mesh::new(positions, triangles)
    })
}

fn boxes_of(mesh: &Mesh) -> Vec<Aabb> {
    (0..mesh.triangles.len()).map(|triangle| Aabb::around(&mesh.triangle_points(triangle))).collect()
}

fn assert_well_formed(bvh: &Bvh, boxes: &[Aabb]) {
    let mut items: Vec<u32> = bvh.order().to_vec();
    items.sort_unstable();
    assert_eq!(items, (0..boxes.len() as u32).collect::<Vec<_>>());
    let mut num_in_leaves = 0;
    for (index, node) in bvh.nodes().iter().enumerate() {
        if node.is_leaf() {
            num_in_leaves += node.num_items as usize;
            assert!(bvh.order()[node.items()].iter().all(|&i| node.aabb().contains(&boxes[i as usize])));
        } else {
            assert!(node.first as usize > index);
            assert!((0..2).all(|side| node.aabb().contains(&bvh.nodes()[node.first as usize + side].aabb())));
        }
    }
    assert_eq!(num_in_leaves, boxes.len());
}

fn depth(bvh: &Bvh) -> usize {
    let mut depths = vec![0; bvh.nodes().len()];
    for (index, node) in bvh.nodes().iter().enumerate().filter(|(_, node)| !node.is_leaf()) {
        depths[node.first as usize] = depths[index] + 1;
        depths[node.first as usize + 1] = depths[index] + 1;
    }
    depths.into_iter().max().unwrap_or(0)
}

fn sorted(mut pairs: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    pairs.sort_unstable();
    pairs
}

#[test]
fn empty_trees_answer() {
    let mesh = Mesh::default();
    let tree = BoxTree::of_mesh(&mesh);
    let ray = Ray { origin: DVec3::ZERO, direction: DVec3::X };
    assert_eq!(tree.bvh.bounds(), Aabb::EMPTY);
    assert_eq!(nearest_hit(&tree.bvh, &mesh, &ray, f64::INFINITY), None);
    assert_eq!(nearest_point(&tree.bvh, &mesh, DVec3::ZERO, f64::INFINITY), None);
    for_each_overlap(&tree, &tree, |_, _| panic!("nothing overlaps nothing"));
    for_each_self_overlap(&tree, |_, _| panic!("nothing overlaps nothing"));
}

/// Sizes that double from item to item make each split by area peel off one of them.
#[test]
fn no_arrangement_makes_the_tree_too_deep() {
    let points: Vec<DVec3> = (0..20_000).map(|i| DVec3::splat((f64::from(i % 240) - 120.0).exp2())).collect();
    let boxes: Vec<Aabb> = points.iter().map(|&point| Aabb::around(&[point])).collect();
    let bvh = Bvh::of_boxes(&boxes);
    assert_well_formed(&bvh, &boxes);
    assert!(depth(&bvh) <= MAX_DEPTH, "depth {}", depth(&bvh));
    assert!(depth(&bvh) > 20, "the case has lost its point: depth {}", depth(&bvh));
}

#[test]
fn equal_boxes_are_halved() {
    let boxes = vec![Aabb { min: [0.0; 3], max: [1.0; 3] }; 1000];
    let bvh = Bvh::of_boxes(&boxes);
    assert_well_formed(&bvh, &boxes);
    assert_eq!(depth(&bvh), 8);
}

#[test]
fn extreme_boxes_are_split_by_count() {
    let boxes: Vec<Aabb> = (0..64)
        .map(|i| Aabb::around(&[DVec3::splat(if i % 2 == 0 { 1e300 } else { -1e300 }), DVec3::ZERO]))
        .collect();
    assert_well_formed(&Bvh::of_boxes(&boxes), &boxes);
}

#[test]
fn a_damaged_tree_is_refused() {
    let boxes = vec![Aabb { min: [0.0; 3], max: [1.0; 3] }; 16];
    let Bvh { nodes, order } = Bvh::of_boxes(&boxes);
    let rebuild = |nodes: Vec<BvhNode>| Bvh::try_from(BvhParts { nodes, order: order.clone() });
    assert!(rebuild(nodes.clone()).is_ok());
    for damage in [0, 1, nodes.len() as u32 - 1, u32::MAX] {
        let mut nodes = nodes.clone();
        nodes[1].first = damage;
        nodes[1].num_items = 0;
        assert!(rebuild(nodes).is_err(), "child {damage}");
    }
    let mut shared = nodes.clone();
    shared[1].first = nodes[2].first;
    assert!(rebuild(shared).is_err(), "a child of two parents");
    let mut beyond = nodes;
    beyond[3].num_items = 17;
    beyond[3].first = u32::MAX - 3;
    assert!(rebuild(beyond).is_err(), "items that do not exist");
}

#[test]
fn a_ray_sees_which_side_it_hits() {
    let mesh = Mesh::new(vec![DVec3::ZERO, DVec3::X, DVec3::Y], vec![[0, 1, 2]]);
    let bvh = Bvh::of_mesh(&mesh);
    for (height, is_front) in [(2.0, true), (-2.0, false)] {
        let ray = Ray { origin: DVec3::new(0.25, 0.25, height), direction: DVec3::new(0.0, 0.0, -height) };
        let hit = nearest_hit(&bvh, &mesh, &ray, f64::INFINITY).expect("the ray goes through the triangle");
        assert_eq!((hit.t, hit.is_front, hit.barycentric), (1.0, is_front, [0.5, 0.25, 0.25]));
        assert_eq!(hit.point(&mesh), DVec3::new(0.25, 0.25, 0.0));
        assert_eq!(nearest_hit(&bvh, &mesh, &ray, 0.99), None);
        let away = Ray { direction: -ray.direction, ..ray };
        assert_eq!(nearest_hit(&bvh, &mesh, &away, f64::INFINITY), None);
    }
    for direction in [DVec3::ZERO, DVec3::NAN] {
        assert!(!any_hit(&bvh, &mesh, &Ray { origin: DVec3::ZERO, direction }, f64::INFINITY));
    }
}

proptest! {
    #[test]
    fn trees_are_well_formed_and_repeatable(mesh in soup(300)) {
        let boxes = boxes_of(&mesh);
        let tree = BoxTree::of_mesh(&mesh);
        assert_well_formed(&tree.bvh, &boxes);
        prop_assert!(depth(&tree.bvh) <= MAX_DEPTH);
        prop_assert_eq!(&tree.bvh, &Bvh::of_mesh(&mesh));
        for (place, &item) in tree.bvh.order().iter().enumerate() {
            prop_assert_eq!(tree.boxes[place], boxes[item as usize]);
        }
    }

    #[test]
    fn overlaps_equal_brute_force(a in soup(60), b in soup(60), shift in point(), angle_rad in -4.0..4.0) {
        let (tree_a, tree_b) = (BoxTree::of_mesh(&a), BoxTree::of_mesh(&b));
        let (boxes_a, boxes_b) = (boxes_of(&a), boxes_of(&b));
        let brute = |boxes_b: &[Aabb]| {
            let mut pairs = Vec::new();
            for (i, a) in (0..).zip(&boxes_a) {
                pairs.extend((0..).zip(boxes_b).filter(|(_, b)| a.overlaps(b)).map(|(j, _)| (i, j)));
            }
            pairs
        };
        let mut found = Vec::new();
        for_each_overlap(&tree_a, &tree_b, |i, j| found.push((i, j)));
        prop_assert_eq!(sorted(found), brute(&boxes_b));

        let placement = DAffine3::from_translation(shift) * DAffine3::from_rotation_z(angle_rad);
        let placed: Vec<Aabb> = boxes_b.iter().map(|aabb| aabb.transformed(&placement)).collect();
        let mut found = Vec::new();
        for_each_overlap_placed(&tree_a, &tree_b, &placement, |i, j| found.push((i, j)));
        prop_assert_eq!(sorted(found), brute(&placed));

        let mut found = Vec::new();
        for_each_self_overlap(&tree_a, |i, j| found.push((i.min(j), i.max(j))));
        let mut all = Vec::new();
        for_each_overlap(&tree_a, &tree_a, |i, j| all.push((i, j)));
        all.retain(|(i, j)| i < j);
        prop_assert_eq!(sorted(found), sorted(all));
    }

    #[test]
    fn rays_equal_brute_force(mesh in soup(120), origin in point(), target in point(), max_t in 0.5..3.0) {
        let bvh = Bvh::of_mesh(&mesh);
        let ray = Ray { origin, direction: target - origin };
        let one = |triangle: [u32; 3]| Mesh::new(mesh.positions.clone(), vec![triangle]);
        let mut brute: Vec<RayHit> = Vec::new();
        for (number, &triangle) in (0..).zip(&mesh.triangles) {
            // A tree of one leaf tests its one triangle without any box in the way but its own.
            let single = one(triangle);
            let hit = nearest_hit(&Bvh::of_mesh(&single), &single, &ray, max_t);
            brute.extend(hit.map(|hit| RayHit { triangle: number, ..hit }));
        }
        let mut found = Vec::new();
        for_each_hit(&bvh, &mesh, &ray, max_t, |hit| {
            found.push(hit);
            ControlFlow::Continue(())
        });
        found.sort_by_key(|hit| hit.triangle);
        prop_assert_eq!(&found, &brute);
        let nearest = brute.iter().min_by(|a, b| a.t.total_cmp(&b.t).then(a.triangle.cmp(&b.triangle))).copied();
        prop_assert_eq!(nearest_hit(&bvh, &mesh, &ray, max_t), nearest);
        prop_assert_eq!(any_hit(&bvh, &mesh, &ray, max_t), nearest.is_some());
        for hit in &found {
            let distance = hit.point(&mesh).distance(ray.at(hit.t));
            let size = origin.abs().max(target.abs()).max_element().max(10.0);
            prop_assert!(distance <= 1e-7 * size, "{:?} is {} away from the ray", hit, distance);
            prop_assert!(hit.barycentric.iter().all(|&weight| weight >= 0.0));
        }
    }

    #[test]
    fn nearest_points_equal_brute_force(mesh in soup(120), point in point(), reach in prop_oneof![Just(f64::INFINITY), 0.1..5.0]) {
        let bvh = Bvh::of_mesh(&mesh);
        let mut brute: Option<NearestPoint> = None;
        for (triangle, corners) in (0..).zip(0..mesh.triangles.len()) {
            let [a, b, c] = mesh.triangle_points(corners);
            let on_triangle = closest_point_of_triangle(point, a, b, c);
            let distance = on_triangle.distance(point);
            if distance <= reach && brute.is_none_or(|old| distance < old.distance) {
                brute = Some(NearestPoint { triangle, point: on_triangle, distance });
            }
        }
        prop_assert_eq!(nearest_point(&bvh, &mesh, point, reach), brute);
    }

    /// No point of a fine sampling of the triangle is nearer than the one found, and the one found is in the triangle.
    #[test]
    fn the_closest_point_of_a_triangle_is_closest(point in point(), a in point(), b in point(), c in point()) {
        let closest = closest_point_of_triangle(point, a, b, c);
        let size = [point, a, b, c].iter().map(|p| p.abs().max_element()).fold(1.0, f64::max);
        for i in 0..=20 {
            for j in 0..=20 - i {
                let sample = a + (b - a) * (f64::from(i) / 20.0) + (c - a) * (f64::from(j) / 20.0);
                prop_assert!(closest.distance(point) <= sample.distance(point) + 1e-7 * size);
            }
        }
    }

    #[test]
    fn boxes_find_what_brute_force_finds(mesh in soup(120), low in point(), high in point()) {
        let bvh = Bvh::of_mesh(&mesh);
        let wanted = Aabb::from_corners(low.min(high), low.max(high));
        let mut found = Vec::new();
        for_each_in_box(&bvh, &wanted, |item| found.push(item));
        let num_found = found.len();
        found.sort_unstable();
        found.dedup();
        prop_assert_eq!(found.len(), num_found, "an item was visited twice");
        for (item, aabb) in (0..).zip(boxes_of(&mesh)) {
            prop_assert!(!aabb.overlaps(&wanted) || found.contains(&item));
        }
    }
}
