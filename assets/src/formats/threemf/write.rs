//! Writing 3MF: meshes as objects, nodes with children as components, colours, base materials and base colour textures.

use std::collections::BTreeMap;
use std::io::Write as _;

use geometry::Progress;
use geometry::progress::Stretch;
use glam::DAffine3;
use quick_xml::escape::escape;

use super::paint::Paint;
use crate::formats::report::Ticker;
use crate::formats::{ExportError, ExportOptions, Files};
use crate::zip::{self, ZipError};
use crate::{ImportedScene, LengthUnit};

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
 <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
 <Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/>
 <Default Extension="png" ContentType="image/png"/>
 <Default Extension="jpg" ContentType="image/jpeg"/>
</Types>
"#;
const RELATIONSHIPS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
 <Relationship Target="/3D/3dmodel.model" Id="rel0" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/>
</Relationships>
"#;

/// Writes the shown scene. The unit is the options'; Z is up, as the format has it. Lines and points have no place in it.
pub(in crate::formats) fn export(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    progress.phase("Writing objects");
    let num_triangles = scene.meshes.iter().map(|mesh| mesh.surface.triangles.len()).sum();
    let writing = Stretch::new(progress, 0.0, 0.6);
    let mut writer = Writer {
        scene,
        scale: options.unit.millimetres().recip(),
        paint: Paint::new(scene),
        text: Vec::new(),
        ticker: Ticker::new(&writing, num_triangles, 1 << 12),
        done: 0,
        object_of_mesh: BTreeMap::new(),
    };
    let model = writer.model(options.unit)?;
    let textures = writer.paint.textures;
    progress.phase("Packing");
    let mut archive = zip::Writer::default();
    let mut add = |name: &str, bytes: &[u8], from: f64, to: f64| {
        archive.add(name, bytes, &Stretch::new(progress, from, to)).map_err(|error| match error {
            ZipError::Cancelled => ExportError::Cancelled,
            other => ExportError::TooLarge { format: "3MF".to_owned(), what: other.to_string() },
        })
    };
    add("[Content_Types].xml", TYPES.as_bytes(), 0.6, 0.6)?;
    add("_rels/.rels", RELATIONSHIPS.as_bytes(), 0.6, 0.6)?;
    add("3D/3dmodel.model", &model, 0.6, 0.9)?;
    if !textures.is_empty() {
        add("3D/_rels/3dmodel.model.rels", texture_relationships(&textures).as_bytes(), 0.9, 0.9)?;
    }
    for (name, bytes) in &textures {
        add(name, bytes, 0.9, 0.9)?;
    }
    let bytes = archive
        .finish()
        .map_err(|error| ExportError::TooLarge { format: "3MF".to_owned(), what: error.to_string() })?;
    progress.report(1.0)?;
    Ok(vec![(name.to_owned(), bytes)])
}

fn texture_relationships(textures: &[(String, Vec<u8>)]) -> String {
    let mut text = r#"<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
"#
    .to_owned();
    for (number, (name, _)) in textures.iter().enumerate() {
        text += &format!(
            " <Relationship Target=\"/{name}\" Id=\"rel{number}\" Type=\"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dtexture\"/>\n"
        );
    }
    text + "</Relationships>\n"
}

pub(super) fn put(text: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("memory can be written");
}

/// A name as the value of an attribute.
pub(super) fn quoted(name: &str) -> String {
    escape(name.replace(char::is_control, " ")).into_owned()
}

struct Writer<'a> {
    scene: &'a ImportedScene,
    /// The file's unit in millimetres, inverted.
    scale: f64,
    paint: Paint<'a>,
    text: Vec<u8>,
    ticker: Ticker<'a>,
    done: usize,
    object_of_mesh: BTreeMap<usize, u32>,
}

impl Writer<'_> {
    fn model(&mut self, unit: LengthUnit) -> Result<Vec<u8>, ExportError> {
        let unit = match unit {
            LengthUnit::Micrometre => "micron",
            LengthUnit::Millimetre => "millimeter",
            LengthUnit::Centimetre => "centimeter",
            LengthUnit::Metre => "meter",
            LengthUnit::Inch => "inch",
            LengthUnit::Foot => "foot",
        };
        let shown = self.scene.scenes.get(self.scene.default_scene);
        let roots = shown.map(|scene| scene.roots.as_slice()).unwrap_or_default();
        let objects = self.objects(roots)?;
        if objects.values().all(Option::is_none) {
            return Err(ExportError::Empty);
        }
        let objects_text = std::mem::take(&mut self.text);
        let title = shown.map_or("", |scene| scene.name.as_str());
        let mut text = Vec::with_capacity(objects_text.len() + 4096);
        put(
            &mut text,
            format_args!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<model unit=\"{unit}\" xml:lang=\"en-US\" xmlns=\"http://schemas.microsoft.com/3dmanufacturing/core/2015/02\" xmlns:m=\"http://schemas.microsoft.com/3dmanufacturing/material/2015/02\">\n"
            ),
        );
        if !title.is_empty() {
            put(&mut text, format_args!(" <metadata name=\"Title\">{}</metadata>\n", quoted(title)));
        }
        put(&mut text, format_args!(" <metadata name=\"Application\">Kerf</metadata>\n <resources>\n"));
        text.extend_from_slice(&self.paint.groups());
        text.extend_from_slice(&objects_text);
        put(&mut text, format_args!(" </resources>\n <build>\n"));
        for root in roots {
            if let Some(Some(object)) = objects.get(root) {
                let place = self.transform(self.scene.nodes[*root].parent_from_node);
                put(&mut text, format_args!("  <item objectid=\"{object}\"{place}/>\n"));
            }
        }
        put(&mut text, format_args!(" </build>\n</model>\n"));
        Ok(text)
    }

    /// Writes the objects of nodes, children first; gives the object of each node, `None` where nothing is in it.
    fn objects(&mut self, roots: &[usize]) -> Result<BTreeMap<usize, Option<u32>>, ExportError> {
        let mut objects = BTreeMap::new();
        let mut stack: Vec<(usize, bool)> = roots.iter().rev().map(|&root| (root, false)).collect();
        while let Some((node, children_are_done)) = stack.pop() {
            let children = &self.scene.nodes[node].children;
            if !children_are_done && !children.is_empty() {
                stack.push((node, true));
                stack.extend(children.iter().rev().map(|&child| (child, false)));
                continue;
            }
            let object = self.object(node, &objects)?;
            objects.insert(node, object);
        }
        Ok(objects)
    }

    fn object(
        &mut self,
        node_idx: usize,
        objects: &BTreeMap<usize, Option<u32>>,
    ) -> Result<Option<u32>, ExportError> {
        let node = &self.scene.nodes[node_idx];
        let of_mesh = match node.mesh {
            Some(mesh) => self.mesh(mesh, &node.name)?,
            None => None,
        };
        let children = node.children.iter().filter_map(|child| {
            let object = objects.get(child).copied().flatten()?;
            Some((object, self.transform(self.scene.nodes[*child].parent_from_node)))
        });
        let children: Vec<(u32, String)> = children.collect();
        if children.is_empty() {
            return Ok(of_mesh);
        }
        let id = self.paint.new_id();
        put(
            &mut self.text,
            format_args!(
                "  <object id=\"{id}\" type=\"model\" name=\"{}\">\n   <components>\n",
                quoted(&node.name)
            ),
        );
        let of_mesh = of_mesh.map(|object| (object, String::new()));
        for (object, place) in of_mesh.into_iter().chain(children) {
            put(&mut self.text, format_args!("    <component objectid=\"{object}\"{place}/>\n"));
        }
        put(&mut self.text, format_args!("   </components>\n  </object>\n"));
        Ok(Some(id))
    }

    /// Writes a mesh the first time it is met.
    fn mesh(&mut self, mesh_idx: usize, node_name: &str) -> Result<Option<u32>, ExportError> {
        if let Some(&known) = self.object_of_mesh.get(&mesh_idx) {
            return Ok(Some(known));
        }
        let mesh = &self.scene.meshes[mesh_idx];
        if mesh.surface.is_empty() {
            return Ok(None);
        }
        self.paint.begin_mesh(mesh);
        let mut triangles = Vec::new();
        for (triangle, [a, b, c]) in mesh.surface.triangles.iter().enumerate() {
            self.ticker.at(self.done)?;
            self.done += 1;
            put(&mut triangles, format_args!("     <triangle v1=\"{a}\" v2=\"{b}\" v3=\"{c}\""));
            self.paint.triangle(mesh, triangle, &mut triangles);
            triangles.extend_from_slice(b"/>\n");
        }
        self.text.extend_from_slice(&self.paint.end_mesh());
        let id = self.paint.new_id();
        let name = if node_name.is_empty() { &mesh.name } else { node_name };
        let text = &mut self.text;
        put(
            text,
            format_args!(
                "  <object id=\"{id}\" type=\"model\" name=\"{}\">\n   <mesh>\n    <vertices>\n",
                quoted(name)
            ),
        );
        for position in &mesh.surface.positions {
            let [x, y, z] = (*position * self.scale).to_array();
            put(text, format_args!("     <vertex x=\"{x}\" y=\"{y}\" z=\"{z}\"/>\n"));
        }
        text.extend_from_slice(b"    </vertices>\n    <triangles>\n");
        text.extend_from_slice(&triangles);
        text.extend_from_slice(b"    </triangles>\n   </mesh>\n  </object>\n");
        self.object_of_mesh.insert(mesh_idx, id);
        Ok(Some(id))
    }

    /// The attribute for a place; none where nothing moves.
    fn transform(&self, transform: DAffine3) -> String {
        if transform == DAffine3::IDENTITY {
            return String::new();
        }
        let mut numbers = transform.matrix3.to_cols_array().to_vec();
        numbers.extend((transform.translation * self.scale).to_array());
        let numbers: Vec<String> = numbers.iter().map(f64::to_string).collect();
        format!(" transform=\"{}\"", numbers.join(" "))
    }
}
