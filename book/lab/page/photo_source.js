/** De dónde sale la foto: elegida, soltada, pegada, hecha con la cámara o de muestra. */

import { UserError } from "../engine/errors.js";
import { answerOf, element, find } from "../ui/dom.js";

const NO_CAMERA =
  "No se puede usar la cámara: da permiso en el navegador, o haz la foto aparte y elígela.";

const NO_PICTURE = "Ahí no hay ninguna foto: suelta o pega un archivo de imagen.";

/**
 * @param {HTMLDialogElement} dialog con un vídeo, y botones para hacer la foto y para dejarlo
 * @returns {Promise<File | null>} la foto hecha, o nada si se deja
 */
async function takePhoto(dialog) {
  const video = find(dialog, "video", HTMLVideoElement);
  const stream = await navigator.mediaDevices
    ?.getUserMedia({ video: { facingMode: "user", width: { ideal: 1920 } } })
    .catch(() => null);
  if (!stream) throw new UserError(NO_CAMERA);
  video.srcObject = stream;
  const answering = answerOf(dialog);
  await video.play();
  const answer = await answering;
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  for (const track of stream.getTracks()) track.stop();
  video.srcObject = null;
  if (answer !== "foto") return null;
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  return blob && new File([blob], "camara.png", { type: "image/png" });
}

/**
 * @param {HTMLElement} root
 * @param {{ url: string, name: string }[]} samples
 * @param {(file: Blob | Promise<Blob>, name: string) => void} onPhoto
 * @param {(order: () => Promise<void>) => void} attempt dice lo que falle
 */
export function mountPhotoSource(root, samples, onPhoto, attempt) {
  /** @param {Iterable<File> | null | undefined} files */
  const receive = (files) =>
    attempt(async () => {
      const [file] = files ?? [];
      if (!file) throw new UserError(NO_PICTURE);
      onPhoto(file, file.name);
    });

  const chooser = find(root, "input[type=file]", HTMLInputElement);
  chooser.addEventListener("change", () => {
    if (chooser.files?.length) receive(chooser.files);
    chooser.value = "";
  });
  // En toda la página: una foto que cae fuera del recuadro no ha de cambiar de página.
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    root.classList.add("lab-encima");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) root.classList.remove("lab-encima");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    root.classList.remove("lab-encima");
    receive(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.clipboardData?.files.length) receive(event.clipboardData.files);
  });

  find(root, ".lab-camara", HTMLButtonElement).addEventListener("click", () =>
    attempt(async () => {
      const file = await takePhoto(find(root, "dialog", HTMLDialogElement));
      if (file) onPhoto(file, file.name);
    }),
  );

  const gallery = find(root, ".lab-muestras", HTMLElement);
  gallery.replaceChildren(
    ...samples.map(({ url, name }, i) => {
      const image = element("img", {
        src: url,
        alt: `Cara de muestra ${i + 1}`,
        width: 96,
        height: 96,
      });
      const button = element("button", { type: "button" }, image);
      const load = async () => (await fetch(url)).blob();
      button.addEventListener("click", () => onPhoto(load(), name));
      return button;
    }),
  );
}
