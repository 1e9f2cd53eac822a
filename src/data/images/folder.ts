import path from 'node:path';
import { UserError } from '../../errors.js';
import { isFolder, namesIn } from '../../files/folders.js';
import { whatIs } from '../../files/read-file.js';
import { IMAGE_EXTENSIONS } from '../formats/image.js';
import { toldByName } from '../label-names.js';

/** What a folder of images holds, by name and in the order of names. */
export interface ImageFolder {
  readonly folders: readonly string[];
  readonly images: readonly string[];
}

/** An image and the name of the folder it lies in. */
export interface ClassImage {
  /** Its path. */
  readonly file: string;
  readonly className: string;
}

/**
 * Lists a folder of images, without hidden files.
 *
 * @param passedOver the path of a file that may lie among the images
 * @throws UserError where there is no such folder, or it holds a file that is no image by its extension
 */
export function listImageFolder(folder: string, passedOver?: string): ImageFolder {
  const folders: string[] = [];
  const images: string[] = [];
  for (const name of namesIn(folder, 'a folder of images')) {
    const file = path.join(folder, name);
    if (passedOver !== undefined && path.resolve(file) === path.resolve(passedOver)) continue;
    const found = whatIs(file);
    if (found === 'a folder') folders.push(name);
    else if (found !== 'a file')
      throw new UserError(`${file}: expected an image, found ${found}; take it away`);
    else if (isImage(name)) images.push(name);
    else
      throw new UserError(`${file}: expected an image (${IMAGE_EXTENSIONS.join(', ')}); take the file away`);
  }
  return { folders, images };
}

/** Whether a file is an image by its name. */
export function isImage(name: string): boolean {
  return IMAGE_EXTENSIONS.some((extension) => name.toLowerCase().endsWith(extension));
}

/** Whether a folder has MVTec-AD's layout: images for training in a folder train, those for the test in a folder test. */
export function hasMvtecLayout(folder: string): boolean {
  return isFolder(path.join(folder, 'train')) && isFolder(path.join(folder, 'test'));
}

/**
 * Lists the images of a folder that has a folder for each class, class after class.
 *
 * @throws UserError where the folder holds anything else, unlabeled images too, or a class no image
 */
export function listClassFolders(folder: string): ClassImage[] {
  const { folders, images } = listImageFolder(folder);
  if (images.length > 0) {
    throw new UserError(
      `${path.join(folder, images[0])}: expected ${folder} to hold a folder for each class, found an image; move it into one`,
    );
  }
  if (folders.length === 0) {
    throw new UserError(
      `${folder}: expected a folder of images for each class, found nothing; make one for each`,
    );
  }
  const unlabeled = folders.find((name) => toldByName(name) === 0);
  if (unlabeled !== undefined) {
    throw new UserError(
      `${path.join(folder, unlabeled)}: expected the images of a class, found unlabeled ones, by which no run can be judged; take the folder away`,
    );
  }
  return imagesOfClasses(folder, folders);
}

/**
 * Lists the images of some classes, class after class.
 *
 * @param classNames those of folders in `folder`
 * @throws UserError where one of them holds anything but images, or nothing
 */
export function imagesOfClasses(folder: string, classNames: readonly string[]): ClassImage[] {
  return classNames.flatMap((className) =>
    listFlatFolder(path.join(folder, className)).map((name) => ({
      file: path.join(folder, className, name),
      className,
    })),
  );
}

/**
 * The names of the images in a folder that holds nothing else.
 *
 * @param passedOver the path of a file that may lie among the images
 * @throws UserError where it holds anything else, or nothing
 */
export function listFlatFolder(folder: string, passedOver?: string): readonly string[] {
  const { folders, images } = listImageFolder(folder, passedOver);
  if (folders.length > 0) {
    throw new UserError(
      `${path.join(folder, folders[0])}: expected images alone in ${folder}, found a folder; move its images out and take it away`,
    );
  }
  if (images.length === 0)
    throw new UserError(`${folder}: expected images, found nothing; put some into it or take it away`);
  return images;
}
