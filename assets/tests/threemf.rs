//! 3MF: the conformance set, what the extensions mean, export, and files made to hurt.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::sync::Arc;

use assets::{
    AlphaMode, ExportOptions, ExtensionStatus, Format, Image, ImportError, ImportErrorKind, ImportOptions,
    Imported, ImportedMesh, ImportedNode, ImportedScene, LengthUnit, Material, NoSideFiles, SceneRoots,
    TextureRef, export, import,
};
use common::{corpus, merged, rows};
use geometry::{Channel, CornerRows, Mesh, Primitive, Semantic, Unwatched};
use glam::{DAffine3, DVec3};

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    import("a.3mf", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)
}

/// Files of the conformance set that must fail and are shown with a warning, each with the reason.
const SHOWN_ALL_THE_SAME: &[(&str, &str, &str)] = &[
    (
        "MUSTFAIL_Chapter3.4.1a_MissingMetadataName",
        "unknown-metadata",
        "slicers in wide use write metadata names of their own without a namespace; refusing them would refuse most files there are",
    ),
    (
        "MUSTFAIL_Chapter3.4.1b_DuplicatedMetadataName",
        "duplicate-metadata",
        "the consortium's own sample dodeca_chain_loop_color.3mf has a name twice and is meant to be read",
    ),
];

#[test]
fn the_conformance_set_passes_and_fails_as_its_names_say() {
    let Some(root) = corpus() else { return };
    let (mut num_passed, mut num_failed) = (0, 0);
    for row in rows(&root).iter().filter(|row| row["path"].contains("/verify/")) {
        let result = read(&std::fs::read(root.join(&row["path"])).unwrap());
        let name = row["path"].rsplit('/').next().unwrap().trim_end_matches(".3mf");
        let exception = SHOWN_ALL_THE_SAME.iter().find(|(known, _, _)| *known == name);
        if name.starts_with("MUSTPASS") {
            let imported = result.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!merged(&imported.scene).is_empty());
            num_passed += 1;
        } else if let Some((_, code, reason)) = exception {
            let imported = result.expect("still shown; if not, take it off the list");
            assert!(imported.warnings.iter().any(|warning| warning.code == *code), "{name}");
            println!("{name} is shown with a warning: {reason}");
        } else {
            let error = result.expect_err(name);
            assert_eq!(error.kind, ImportErrorKind::Malformed, "{name}: {error}");
            num_failed += 1;
        }
    }
    println!("{num_passed} that must pass are shown, {num_failed} that must fail are refused");
    assert_eq!((num_passed, num_failed), (9, 26));
}

fn package(parts: &[(&str, &str)]) -> Vec<u8> {
    let parts: Vec<_> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    common::pack::pack(&parts)
}

const RELS: (&str, &str) = (
    "_rels/.rels",
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/3dmodel.model" Id="r" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>"#,
);
const TETRAHEDRON: &str = r#"<mesh><vertices><vertex x="0" y="0" z="0"/><vertex x="1" y="0" z="0"/><vertex x="0" y="1" z="0"/><vertex x="0" y="0" z="1"/></vertices><triangles><triangle v1="0" v2="2" v3="1"/><triangle v1="0" v2="1" v3="3" pid="5" p1="1"/><triangle v1="0" v2="3" v3="2" pid="5" p1="0" p2="1" p3="2"/><triangle v1="1" v2="2" v3="3"/></triangles></mesh>"#;

fn model(resources: &str, build: &str) -> Vec<u8> {
    model_with("", resources, build)
}

fn model_with(attributes: &str, resources: &str, build: &str) -> Vec<u8> {
    let text = format!(
        r#"<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06" {attributes}><resources>{resources}</resources><build>{build}</build></model>"#
    );
    package(&[RELS, ("3D/3dmodel.model", &text)])
}

#[test]
fn units_transforms_components_and_colours() {
    let resources = format!(
        r##"<basematerials id="4"><base name="red" displaycolor="#FF0000"/></basematerials><m:colorgroup id="5"><m:color color="#000000"/><m:color color="#FFFFFF"/><m:color color="#00FF0080"/></m:colorgroup><object id="1" name="tetra" pid="4" pindex="0">{TETRAHEDRON}</object><object id="2" name="pair"><components><component objectid="1"/><component objectid="1" transform="1 0 0 0 1 0 0 0 1 10 0 0"/></components></object>"##
    );
    let bytes = model_with(
        r#"unit="inch""#,
        &resources,
        r#"<item objectid="2" transform="0 1 0 -1 0 0 0 0 1 0 0 2"/>"#,
    );
    let imported = read(&bytes).unwrap();
    assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
    let scene = &imported.scene;
    assert_eq!((scene.source.unit, scene.source.unit_assumed), (LengthUnit::Inch, false));
    assert_eq!((scene.nodes.len(), scene.meshes.len()), (3, 1));
    let mesh = merged(scene);
    assert!(mesh.is_watertight());
    let (low, high) = mesh.bounds().unwrap();
    // Rows times matrix: x goes to y, y to −x.
    assert!((low / 25.4 - DVec3::new(-1.0, 0.0, 2.0)).length() < 1e-12, "{low}");
    assert!((high / 25.4 - DVec3::new(0.0, 11.0, 3.0)).length() < 1e-12, "{high}");

    let part = &scene.meshes[0];
    let material = |triangle: usize| {
        let slot = part.surface.material_slot(triangle) as usize;
        &scene.materials[part.materials[slot].unwrap()]
    };
    assert_eq!((material(0).name.as_str(), material(0).base_color), ("red", [1.0, 0.0, 0.0, 1.0]));
    assert_eq!(material(1).base_color, [1.0; 4]);
    let colors = part.surface.channel(Semantic::Color(0)).unwrap();
    let color = |triangle, corner| {
        colors.row_of_corner(&part.surface, triangle, corner).map(|row| colors.row(row).to_vec())
    };
    assert_eq!(color(0, 0), None);
    assert_eq!(color(1, 2), Some(vec![1.0; 4]));
    assert_eq!(color(2, 0), Some(vec![0.0, 0.0, 0.0, 1.0]));
    assert_eq!(color(2, 2).unwrap()[..3], [0.0, 1.0, 0.0]);
    let honoured = &scene.source.extensions[0];
    assert_eq!(honoured.name, "3MF materials and properties");
    assert_eq!(honoured.status, ExtensionStatus::Honoured);
}

#[test]
fn composites_and_layers_mix_in_linear_light() {
    let resources = format!(
        r##"<basematerials id="1"><base name="r" displaycolor="#FF0000"/><base name="b" displaycolor="#0000FF"/></basematerials><m:compositematerials id="2" matid="1" matindices="0 1"><m:composite values="1 3"/></m:compositematerials><m:colorgroup id="3"><m:color color="#00FF0080"/></m:colorgroup><m:multiproperties id="5" pids="2 3"><m:multi pindices="0 0"/><m:multi pindices="0"/><m:multi pindices=""/></m:multiproperties><object id="9" pid="2" pindex="0">{TETRAHEDRON}</object>"##
    );
    let imported = read(&model(&resources, r#"<item objectid="9"/>"#)).unwrap();
    let surface = &imported.scene.meshes[0].surface;
    let colors = surface.channel(Semantic::Color(0)).unwrap();
    let color =
        |triangle, corner| colors.row(colors.row_of_corner(surface, triangle, corner).unwrap()).to_vec();
    assert_eq!(color(0, 0), [0.25, 0.0, 0.75, 1.0]);
    let alpha = 128.0_f32 / 255.0;
    for (found, below) in color(1, 0).iter().zip([0.25, 0.0, 0.75]) {
        let over = if below == 0.0 { 1.0 } else { 0.0 };
        assert!((found - (over * alpha + below * (1.0 - alpha))).abs() < 1e-6);
    }
}

#[test]
fn parts_of_the_production_extension_are_found_and_missing_ones_told() {
    let other = format!(
        r#"<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources><object id="1">{}</object></resources><build/></model>"#,
        TETRAHEDRON.replace(" pid=\"5\"", "").replace(" p1=\"1\"", "")
    );
    let root = r#"<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" xmlns:p="http://schemas.microsoft.com/3dmanufacturing/production/2015/06" requiredextensions="p"><resources><object id="1"><components><component p:path="/3D/other.model" objectid="1"/><component p:path="/3D/none.model" objectid="1"/></components></object></resources><build><item objectid="1"/></build></model>"#;
    let imported = read(&package(&[RELS, ("3D/3dmodel.model", root), ("3D/Other.model", &other)])).unwrap();
    assert_eq!(merged(&imported.scene).triangles.len(), 4);
    let codes: Vec<&str> = imported.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["missing-part"]);
    let production = &imported.scene.source.extensions[0];
    assert!(production.required && production.status == ExtensionStatus::Honoured);
}

#[test]
fn what_must_not_be_believed() {
    let kind = |bytes: &[u8]| read(bytes).unwrap_err().kind;
    // Components that unfold to 2^40 nodes.
    let mut resources = format!(r#"<object id="1">{TETRAHEDRON}</object>"#);
    for id in 2..=41 {
        let below = id - 1;
        resources += &format!(
            r#"<object id="{id}"><components><component objectid="{below}"/><component objectid="{below}"/></components></object>"#
        );
    }
    assert_eq!(kind(&model(&resources, r#"<item objectid="41"/>"#)), ImportErrorKind::TooLarge);
    // Circles.
    let circle = format!(
        r#"<object id="1">{TETRAHEDRON}</object><object id="2"><components><component objectid="3"/><component objectid="1"/></components></object><object id="3"><components><component objectid="2"/></components></object>"#
    );
    let imported = read(&model(&circle, r#"<item objectid="2"/>"#)).unwrap();
    assert!(imported.warnings.iter().any(|warning| warning.code == "nested-too-deep"));
    // A bomb: 400 MB of spaces in 400 kB.
    let bomb = format!("<model>{}</model>", " ".repeat(400 << 20));
    let bytes = package(&[RELS, ("3D/3dmodel.model", &bomb)]);
    assert!(bytes.len() < 1 << 20);
    assert_eq!(kind(&bytes), ImportErrorKind::TooLarge);
    drop(bomb);
    // Entities of its own.
    let entities = package(&[
        RELS,
        (
            "3D/3dmodel.model",
            r#"<!DOCTYPE x [<!ENTITY a "aaaa">]><model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources/><build/></model>"#,
        ),
    ]);
    assert_eq!(kind(&entities), ImportErrorKind::Malformed);
    // Somewhere else.
    let outside = RELS.1.replace("/3D/3dmodel.model", "file:///etc/passwd");
    assert_eq!(kind(&package(&[("_rels/.rels", &outside)])), ImportErrorKind::Malformed);
    assert_eq!(kind(&model("", "")), ImportErrorKind::Empty);
}

#[test]
fn draft_of_2013_has_colours() {
    let Some(root) = corpus() else { return };
    let path = root.join("3mf/lib3mf/CPP_UnitTests/3mfbase8_VertexTet1.3mf");
    let imported = read(&std::fs::read(path).unwrap()).unwrap();
    let surface = &imported.scene.meshes[0].surface;
    let colors = surface.channel(Semantic::Color(0)).unwrap();
    let row = colors.row_of_corner(surface, 1, 2).unwrap();
    assert_eq!(colors.row(row), [1.0; 4]);
}

fn two_parts() -> ImportedScene {
    let mesh = Primitive::Box { size: DVec3::new(1.0, 2.0, 3.0) }.mesh().unwrap();
    let plain = |mesh: Mesh, materials| ImportedMesh {
        name: "box".to_owned(),
        surface: Arc::new(mesh),
        materials,
        ..ImportedMesh::default()
    };
    let mut colored = mesh.clone();
    colored.channels.clear();
    colored.channels.push(Channel {
        semantic: Semantic::Color(0),
        width: 4,
        values: (0..colored.positions.len()).flat_map(|at| [at as f32 / 8.0, 0.0, 1.0, 1.0]).collect(),
        rows: CornerRows::PerPosition,
    });
    let mut textured = mesh.clone();
    textured.channels.clear();
    textured.channels.push(Channel {
        semantic: Semantic::Uv(0),
        width: 2,
        values: (0..textured.positions.len()).flat_map(|at| [at as f32 / 8.0, 0.25]).collect(),
        rows: CornerRows::PerPosition,
    });
    let node = |name: &str, mesh, x: f64, children: Vec<usize>| ImportedNode {
        name: name.to_owned(),
        mesh,
        children,
        parent_from_node: DAffine3::from_translation(DVec3::new(x, 0.0, 0.0)),
        ..ImportedNode::default()
    };
    let image = Image { name: "wood".to_owned(), width: 1, height: 2, rgba: vec![255; 8], encoded: None };
    ImportedScene {
        nodes: vec![
            node("group <&>", None, 5.0, vec![1, 2]),
            node("plain", Some(0), 0.0, Vec::new()),
            node("colours", Some(1), 10.0, Vec::new()),
            node("wood", Some(2), -10.0, Vec::new()),
            node("again", Some(0), -20.0, Vec::new()),
        ],
        scenes: vec![SceneRoots { name: "All of it".to_owned(), roots: vec![0, 3, 4] }],
        meshes: vec![plain(mesh, vec![Some(0)]), plain(colored, vec![None]), plain(textured, vec![Some(1)])],
        materials: vec![
            Material {
                name: "glass".to_owned(),
                base_color: [1.0, 0.0, 0.0, 0.6],
                metallic: 0.25,
                roughness: 0.75,
                alpha_mode: AlphaMode::Blend,
                ..Material::default()
            },
            Material {
                base_color: [1.0; 4],
                base_color_texture: Some(TextureRef::new(0)),
                ..Material::default()
            },
        ],
        images: vec![Arc::new(image)],
        ..ImportedScene::default()
    }
}

#[test]
fn what_is_written_is_read_in_every_unit() {
    let scene = two_parts();
    for unit in LengthUnit::ALL {
        let options = ExportOptions { unit, ..ExportOptions::default() };
        let files = export("a.3mf", &scene, Format::ThreeMf, &options, &Unwatched).unwrap();
        let imported = read(&files[0].1).unwrap();
        assert!(imported.warnings.is_empty(), "{:?}", imported.warnings);
        let found = &imported.scene;
        assert_eq!((files.len(), found.source.unit), (1, unit));
        assert_eq!(found.source.generator.as_deref(), Some("Kerf"));
        assert_eq!(found.scenes[0].name, "All of it");
        let names: Vec<&str> = found.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["group <&>", "plain", "colours", "wood", "plain"]);
        assert_eq!(found.meshes.len(), 3);
        let (before, after) = (merged(&scene), merged(found));
        assert!(after.is_watertight());
        assert!((size(&before) - size(&after)).length() < 1e-9);
        if unit == LengthUnit::Millimetre {
            assert_eq!(before.bounds(), after.bounds());
        }
        let material = |mesh: usize| &found.materials[found.meshes[mesh].materials[0].unwrap()];
        let glass = material(0);
        assert_eq!((glass.name.as_str(), glass.metallic, glass.roughness), ("glass", 0.25, 0.75));
        assert_eq!((glass.base_color, glass.alpha_mode), ([1.0, 0.0, 0.0, 0.6], AlphaMode::Blend));
        let texture = material(2).base_color_texture.unwrap();
        assert_eq!(found.images[texture.image].rgba, [255; 8]);
        let uvs = found.meshes[2].surface.channel(Semantic::Uv(0)).unwrap();
        assert!(uvs.values.chunks_exact(2).all(|uv| uv[1] == 0.25));
        assert!(found.meshes[1].surface.channel(Semantic::Color(0)).is_some());
    }
}

fn size(mesh: &Mesh) -> DVec3 {
    let (low, high) = mesh.bounds().unwrap();
    high - low
}

#[test]
fn nothing_is_no_file() {
    let error =
        export("a.3mf", &ImportedScene::default(), Format::ThreeMf, &ExportOptions::default(), &Unwatched);
    assert_eq!(error, Err(assets::ExportError::Empty));
}

#[test]
fn cut_and_flipped_models_do_no_harm() {
    let resources = format!(
        r##"<basematerials id="1" m:displaypropertiesid="7"><base name="r" displaycolor="#FF0000"/></basematerials><m:texture2d id="8" path="/a.png" contenttype="image/png"/><m:texture2dgroup id="6" texid="8"><m:tex2coord u="0" v="1"/></m:texture2dgroup><m:compositematerials id="2" matid="1" matindices="0"><m:composite values="1"/></m:compositematerials><m:colorgroup id="5"><m:color color="#00FF0080"/></m:colorgroup><m:multiproperties id="3" pids="2 6 5" blendmethods="mix multiply"><m:multi pindices="0 0 0"/></m:multiproperties><m:pbmetallicdisplayproperties id="7"><m:pbmetallic name="a" metallicness="1" roughness="0"/></m:pbmetallicdisplayproperties><object id="9" pid="3" pindex="0">{}</object><object id="10"><components><component objectid="9" transform="1 0 0 0 1 0 0 0 1 0 0 1"/></components></object>"##,
        TETRAHEDRON.replace(
            "</mesh>",
            "<b:beamlattice xmlns:b=\"http://schemas.microsoft.com/3dmanufacturing/beamlattice/2017/02\" radius=\"1\" ballmode=\"all\"><b:beams><b:beam v1=\"0\" v2=\"1\" r1=\"2\" cap1=\"butt\"/></b:beams></b:beamlattice></mesh>"
        )
    );
    let text = format!(
        r#"<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02" xmlns:m="http://schemas.microsoft.com/3dmanufacturing/material/2015/02" unit="inch"><metadata name="Title">a&amp;b</metadata><resources>{resources}</resources><build><item objectid="10"/></build></model>"#
    );
    let check = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        if let Ok(imported) = read(&package(&[RELS, ("3D/3dmodel.model", &text)])) {
            imported.scene.meshes.iter().for_each(|mesh| mesh.surface.validate().unwrap());
        }
    };
    assert!(read(&package(&[RELS, ("3D/3dmodel.model", &text)])).is_ok());
    for at in 0..text.len() {
        check(&text.as_bytes()[..at]);
        for flip in [1, 0x10, 0x40] {
            let mut flipped = text.clone().into_bytes();
            flipped[at] ^= flip;
            check(&flipped);
        }
    }
}
